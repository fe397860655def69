import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type ConsumedCapacity,
} from '@aws-sdk/client-dynamodb';
import { PatternPivotError } from '../../domain/errors.ts';
import type { CountUse } from './count-use.ts';
import type { Item } from './dynamodb-items.ts';

/** Where records are: a table, and what their keys share there. */
export type DynamoTable = {
  readonly table: string;
  /** Where none is said, the SDK's: `AWS_REGION`, then the user's profile. */
  readonly region?: string | undefined;
  /** Of a server that speaks the same protocol; else Amazon's. */
  readonly endpoint?: string | undefined;
  /** Set before the names of collections, so that several libraries can share a table. */
  readonly prefix?: string | undefined;
};

/** What a call uses: write units of 1 KB, read units of 4 KB. Those of a query are known only afterwards. */
type Use = {
  readonly writeUnits?: number;
  readonly readUnits?: number;
};

/** A table that is spoken to. */
export type DynamoSession = {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** The partition key of a collection, or of what is noted of all of them. */
  partitionOf(collection: string): string;
  keyOf(collection: string, id: string): Item;
  /** Makes a call: counts it first, and tells what goes wrong in our words, but for a condition that does not hold. */
  run<T extends object>(use: Use, call: () => Promise<T>): Promise<T>;
  close(): void;
};

/**
 * The SDK tries again by itself what may be tried again (throttling, 5xx, cut connections): so many times, with full jitter under a bound
 * that doubles up to 20 s, and a quota of retries that keeps a broken service from being flooded.
 */
const maxAttempts = 9;

/** How long connecting and answering may take, in ms. DynamoDB answers in tens of ms. */
const timeouts = { connectionTimeout: 5000, requestTimeout: 20_000, throwOnRequestTimeout: true };

/** Begins to speak to a table; nothing is sent yet. Credentials are the SDK's: variables, the user's profile, single sign-on, the machine's role. */
export function openDynamoSession(
  { table, region, endpoint, prefix = '' }: DynamoTable,
  countUse: CountUse | undefined,
): DynamoSession {
  const partitionOf = (collection: string) => (prefix === '' ? collection : `${prefix}/${collection}`);
  const client = new DynamoDBClient({
    maxAttempts,
    retryMode: 'standard',
    requestHandler: timeouts,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const count = async (what: 'write' | 'read', amount = 0) => {
    if (amount > 0) await countUse?.(what, amount);
  };
  return {
    client,
    table,
    partitionOf,
    keyOf: (collection, id) => ({ pk: { S: partitionOf(collection) }, sk: { S: id } }),
    async run({ writeUnits, readUnits }, call) {
      await count('write', writeUnits);
      await count('read', readUnits);
      const result = await call().catch((error: unknown) => {
        throw tellDynamoTrouble(error, table);
      });
      const isRead = readUnits !== undefined;
      if (isRead) await count('read', consumedUnits(result) - readUnits);
      return result;
    },
    close: () => client.destroy(),
  };
}

function consumedUnits(result: { ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] }): number {
  const { ConsumedCapacity: consumed } = result;
  const all = Array.isArray(consumed) ? consumed : [consumed];
  return all.reduce((sum, each) => sum + (each?.CapacityUnits ?? 0), 0);
}

/** Write units of an item of so many bytes. */
export function writeUnitsOf(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / 1024));
}

const noCredentials = new Set(['CredentialsProviderError', 'TokenProviderError']);
const refused = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
]);
const throttled = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'LimitExceededException',
]);

function tellDynamoTrouble(error: unknown, table: string): unknown {
  if (error instanceof ConditionalCheckFailedException || error instanceof PatternPivotError) return error;
  const { name, message, $fault: fault } = error as { name?: string; message?: string; $fault?: string };
  const details = { cause: error, context: { table } };
  if (name === 'ResourceNotFoundException') {
    return new PatternPivotError('not_found.records_table', `DynamoDB has no table ${table} there.`, {
      ...details,
      hint: 'Make it with pivot records create-table, or check records.dynamodb.table and .region.',
    });
  }
  if (noCredentials.has(name ?? '')) {
    return new PatternPivotError('input.aws_credentials', `There are no AWS credentials: ${message}`, {
      ...details,
      hint: 'Log in (aws sso login, aws configure), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    });
  }
  if (message === 'Region is missing') {
    return new PatternPivotError('input.aws_region', 'The region of the DynamoDB table is not known.', {
      ...details,
      hint: 'Set records.dynamodb.region, or AWS_REGION.',
    });
  }
  if (refused.has(name ?? '')) {
    return new PatternPivotError('provider.records_refused', `DynamoDB refused: ${message ?? name}`, {
      ...details,
      hint: 'Check who you are (aws sts get-caller-identity) and what you may do; docs/records.md lists the permissions.',
    });
  }
  if (throttled.has(name ?? '')) {
    return new PatternPivotError('provider.records_throttled', `DynamoDB is throttling: ${message ?? name}`, {
      ...details,
      retryable: true,
      hint: 'Run the same command again in a while: what was written stays written.',
    });
  }
  if (fault === 'client') {
    return new PatternPivotError('provider.records_refused', `DynamoDB refused: ${message ?? name}`, details);
  }
  const { code } = error as { code?: string };
  const why = [message, code, name].find((part) => part !== undefined && part !== '');
  return new PatternPivotError('provider.records_unreachable', `DynamoDB cannot be reached: ${why}`, {
    ...details,
    retryable: true,
    hint: 'Check the network and records.dynamodb.endpoint, and run the same command again.',
  });
}
