/** One use of something that is paid for or limited, counted before it is made. */
export type Spending = {
  /** Whose: `youtube`, `openai`, `dynamodb`, `google-storage`, or a host for a server of the user's. */
  readonly service: string;
  /** What was called: `videos.list`, `images.edits`, `chat`. */
  readonly operation: string;
  /** How much of it, in `unit`. */
  readonly amount: number;
  /** What is limited or paid for: YouTube's `units`, `tokens`, `images`, `seconds`, `characters`, `bytes`, `requests`. */
  readonly unit: string;
  /** What that costs by the configured price; left out where no price is known. */
  readonly usd?: number | undefined;
};

/** What was spent on one operation since a moment. */
export type SpendingSum = Required<Omit<Spending, 'usd'>> & {
  readonly usd: number;
  readonly calls: number;
};

/** The one book of everything that is paid for or limited; all processes of a user write in it. */
export interface Ledger {
  /**
   * Writes it down, before the call that it is for. Two processes never pass a budget together.
   * @throws conflict.budget_reached when this would pass a configured budget; then nothing is written and nothing must be called
   */
  spend(spending: Spending): Promise<void>;
  /** Sums by service, operation and unit since a moment (ISO 8601), in that order. */
  sum(options: {
    readonly since: string;
    readonly service?: string | undefined;
  }): Promise<readonly SpendingSum[]>;
  close(): Promise<void>;
}
