import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait between tries, in ms. */
export type Backoff = {
  /** The longest wait before the second try; it doubles with each. */
  readonly baseMs: number;
  /** The longest wait of all. */
  readonly capMs: number;
  /** After this many tries the last error stands. */
  readonly maxTries: number;
};

/**
 * Waits before try `tries + 1`: anything between nothing and a bound that doubles ("full jitter"), so that many who were refused together do
 * not come back together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function waitForTry(
  tries: number,
  { baseMs, capMs }: Backoff,
  random = Math.random,
): Promise<void> {
  await sleep(random() * Math.min(capMs, baseMs * 2 ** (tries - 1)));
}

/** Does `work` for all items, `limit` of them at once. What was begun is finished before the first error is thrown. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const runOne = async () => {
    while (next < items.length && errors.length === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index] as Item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runOne));
  if (errors.length > 0) throw errors[0];
  return results;
}

/** Parts of a list, each of at most `size`. */
export function partsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
