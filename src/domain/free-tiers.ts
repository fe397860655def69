/** What a provider gives for nothing, a calendar month. */
export type FreeTier = {
  readonly service: string;
  readonly operation: string;
  readonly unit: string;
  readonly amount: number;
  /** Under which conditions. */
  readonly where: string;
};

/**
 * https://cloud.google.com/free/docs/free-cloud-features#storage. DynamoDB's covers provisioned capacity alone, and tables that are paid
 * by request have none: https://aws.amazon.com/dynamodb/pricing/on-demand/
 */
export const freeTiers: readonly FreeTier[] = [
  {
    service: 'google-storage',
    operation: 'class-a',
    unit: 'requests',
    amount: 5000,
    where: 'in us-east1, us-west1 and us-central1',
  },
  {
    service: 'google-storage',
    operation: 'class-b',
    unit: 'requests',
    amount: 50_000,
    where: 'in us-east1, us-west1 and us-central1',
  },
];
