/** What is expected to happen now and then is a value, not an exception: a source without speech is skipped. */
export type Outcome<T> = { status: 'done'; value: T } | { status: 'skipped'; reason: string };

/** A result. */
export function done<T>(value: T): Outcome<T> {
  return { status: 'done', value };
}

/** No result, and why, in a sentence for the user. */
export function skipped<T>(reason: string): Outcome<T> {
  return { status: 'skipped', reason };
}
