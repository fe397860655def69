/** A set of things by their indices, rising, and what it is worth. */
export type ScoredSet = { readonly indices: readonly number[]; readonly score: number };

/**
 * All sets of `size` things, the best first, where a set is worth as much as its things together: the next one is found when it is asked for.
 * `scores` need not be sorted. Equal ones come in the order of their things.
 */
export function* bestSets(scores: readonly number[], size: number): Generator<ScoredSet> {
  if (size < 1 || size > scores.length) return;
  const order = scores.map((_, index) => index).toSorted((a, b) => scores[b]! - scores[a]! || a - b);
  const worth = (places: readonly number[]) => places.reduce((sum, place) => sum + scores[order[place]!]!, 0);
  const first = Array.from({ length: size }, (_, place) => place);
  const waiting = new Heap<{ places: number[]; score: number }>((a, b) => a.score > b.score);
  const seen = new Set([first.join(' ')]);
  waiting.push({ places: first, score: worth(first) });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { places, score } = next;
    yield { indices: places.map((place) => order[place]!).toSorted((a, b) => a - b), score };
    for (const [at, place] of places.entries()) {
      const limit = places[at + 1] ?? scores.length;
      if (place + 1 >= limit) continue;
      const moved = places.with(at, place + 1);
      const name = moved.join(' ');
      if (seen.has(name)) continue;
      seen.add(name);
      waiting.push({ places: moved, score: worth(moved) });
    }
  }
}

/**
 * Sets of things that are alike, the most alike first: around each thing the sets with those nearest to it. `likeness(a, b)` is any number
 * that grows with likeness. A set may come again around another of its things.
 */
export function* alikeSets(
  count: number,
  size: number,
  likeness: (one: number, other: number) => number,
): Generator<ScoredSet> {
  const around = new Heap<{ middle: number; sets: Generator<ScoredSet>; next: ScoredSet }>(
    (a, b) => a.next.score > b.next.score,
  );
  for (let middle = 0; middle < count; middle++) {
    const others = Array.from({ length: count - 1 }, (_, at) => (at < middle ? at : at + 1));
    const sets = mapOthers(
      others,
      bestSets(
        others.map((other) => likeness(middle, other)),
        size - 1,
      ),
    );
    const next = sets.next();
    if (next.done !== true) around.push({ middle, sets, next: next.value });
  }
  for (let best = around.pop(); best !== undefined; best = around.pop()) {
    const { middle, sets, next } = best;
    yield {
      indices: [...next.indices, middle].toSorted((a, b) => a - b),
      score: next.score / Math.max(1, size - 1),
    };
    const after = sets.next();
    if (after.done !== true) around.push({ middle, sets, next: after.value });
  }
}

function* mapOthers(others: readonly number[], sets: Iterable<ScoredSet>): Generator<ScoredSet> {
  for (const { indices, score } of sets) yield { indices: indices.map((at) => others[at]!), score };
}

/** Gives back what comes before all others, in logarithmic time. */
class Heap<T> {
  readonly #items: T[] = [];
  readonly #comesBefore: (a: T, b: T) => boolean;

  constructor(comesBefore: (a: T, b: T) => boolean) {
    this.#comesBefore = comesBefore;
  }

  push(item: T): void {
    const items = this.#items;
    items.push(item);
    for (let at = items.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#comesBefore(items[at]!, items[parent]!)) return;
      [items[at], items[parent]] = [items[parent]!, items[at]!];
      at = parent;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    items[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      let best = at;
      for (const child of [left, left + 1])
        if (child < items.length && this.#comesBefore(items[child]!, items[best]!)) best = child;
      if (best === at) return first;
      [items[at], items[best]] = [items[best]!, items[at]!];
      at = best;
    }
  }
}
