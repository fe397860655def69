import type { SpendingPeriod } from '../domain/spending-period.ts';

/** One use of something that is paid for or limited, counted before it is made. */
export type Spending = {
  /** Whose: `youtube`, `openai`, `dynamodb`, `google-storage`, or a host for a server of the user's. */
  readonly service: string;
  /** What was called: `videos.list`, `images.edits`, `chat gpt-5-mini`. */
  readonly operation: string;
  /** How much of it, in `unit`. */
  readonly amount: number;
  /** What is limited or paid for: YouTube's `units`, `input-tokens`, `output-tokens`, `images`, `seconds`, `characters`, `bytes`, `requests`. */
  readonly unit: string;
  /** What that costs by the configured price; left out where no price is known. */
  readonly usd?: number | undefined;
};

/** What was spent on one operation since a moment. */
export type SpendingSum = Required<Omit<Spending, 'usd'>> & {
  /** Of the calls whose price is known. */
  readonly usd: number;
  readonly calls: number;
  /** How many of the calls have no known price. */
  readonly unpricedCalls: number;
  /** How many were booked by what they may cost at most, because nobody told what they did. */
  readonly estimatedCalls: number;
};

/** How much may be spent in a period. */
export type Budget = {
  /** The setting that says so: `budgets.usdPerMonth`. */
  readonly setting: string;
  /** Whose service; left out: all of them together. */
  readonly service?: string | undefined;
  /** What is counted: units of spendings, or `usd`. */
  readonly units: readonly string[] | 'usd';
  readonly amount: number;
  readonly period: SpendingPeriod;
};

/** What was booked before a call by what it may cost at most. */
export type Reservation = {
  /**
   * Puts what it did cost in the place of what was booked; with nothing, it cost nothing. `isEstimated`: nobody said what it did cost. A
   * second time does nothing.
   */
  settle(actual: readonly Spending[], how?: { readonly isEstimated: boolean }): Promise<void>;
};

/** The one book of everything that is paid for or limited; all processes of a user write in it. */
export interface Ledger {
  /**
   * Writes it down, before the call that it is for. Two processes never pass a budget together.
   * @throws conflict.budget_reached when this would pass a configured budget; then nothing is written and nothing must be called. Its
   * context has `endsAt`, ISO 8601: when there is a new one. input.price_unknown when there is a budget in USD and no price
   */
  spend(spending: Spending): Promise<void>;
  /**
   * The same for a call whose cost is known only afterwards: books the most that it may be, all of it or nothing. What is never settled
   * stays booked. @throws conflict.budget_reached, input.price_unknown
   */
  reserve(spendings: readonly Spending[]): Promise<Reservation>;
  /** Sums by service, operation and unit since a moment (ISO 8601, counted from the beginning of its minute), in that order. */
  sum(options: {
    readonly since: string;
    readonly service?: string | undefined;
  }): Promise<readonly SpendingSum[]>;
  close(): Promise<void>;
}
