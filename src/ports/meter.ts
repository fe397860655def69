/** How much a call uses, by unit: `{'input-tokens': 900, 'output-tokens': 40}`. */
export type Use = Readonly<Record<string, number>>;

/** Counts what calls to one thing use that is paid for or limited. */
export interface Meter {
  /** The longest answer that a budget reckons with, in tokens; left out where there is none. */
  readonly maxAnswerTokens?: number | undefined;
  /**
   * Books the most that a call may use, before it is made. @throws conflict.budget_reached, input.price_unknown: then nothing must be called
   */
  begin(most: Use): Promise<MeteredCall>;
}

/** A call that was booked. What is never ended stays booked as it was. */
export type MeteredCall = {
  /** Puts what it did use in the place of what was booked; nothing at all, where it was refused. */
  end(used: Use, how?: { readonly isEstimated: boolean }): Promise<void>;
};
