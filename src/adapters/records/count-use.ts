/**
 * Counts what a call to a store uses, before it is made: `what` is paid for (DynamoDB's `write` and `read` units, Google's `class-a` and
 * `class-b` operations), `amount` of it. @throws conflict.budget_reached: then nothing is called
 */
export type CountUse = (what: string, amount: number) => Promise<void>;
