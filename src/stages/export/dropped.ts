/** Gathers what a format cannot hold, so that it is told once with a count rather than once a clip. */
export type Dropped = {
  /** `describe` gets how often it was told under this key. */
  add(key: string, describe: (count: number) => string): void;
  /** In the order in which they first came up. */
  list(): string[];
};

/** A new, empty collection. */
export function createDropped(): Dropped {
  const told = new Map<string, { count: number; describe: (count: number) => string }>();
  return {
    add(key, describe) {
      told.set(key, { count: (told.get(key)?.count ?? 0) + 1, describe });
    },
    list: () => [...told.values()].map(({ count, describe }) => describe(count)),
  };
}

/** `1 clip`, `3 clips`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
