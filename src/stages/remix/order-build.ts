import type { RemixCandidate } from './part.ts';

/** What an order is liked for: neighbours that lead on, a change of source, and a source's own order. */
const weights = { neighbours: 1, sameSourceInARow: 0.15, backwards: 0.3 } as const;

/** Up to so many parts every order is tried: 720 of them. Beyond, the best neighbour follows, one by one. */
const maxTried = 6;

/**
 * The order of the parts between opening and ending: what is near in meaning stands together, beginning near the hook and ending near the
 * payoff; sources take turns, and two parts of one source keep the order in which they were said. Deterministic.
 */
export function orderBuild(
  hook: RemixCandidate,
  build: readonly RemixCandidate[],
  payoff: RemixCandidate | undefined,
): RemixCandidate[] {
  const sorted = build.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const value = (order: readonly RemixCandidate[]) =>
    valueOf([hook, ...order, ...(payoff === undefined ? [] : [payoff])]);
  if (sorted.length > maxTried) return followNearest(hook, sorted);
  let best = sorted;
  let bestValue = value(sorted);
  for (const order of permutations(sorted)) {
    const own = value(order);
    if (own > bestValue + 1e-9) [best, bestValue] = [order, own];
  }
  return best;
}

function valueOf(order: readonly RemixCandidate[]): number {
  let value = 0;
  for (const [index, part] of order.entries()) {
    const before = order[index - 1];
    if (before !== undefined) value += stepValue(before, part);
    const isBackwards = order
      .slice(0, index)
      .some((earlier) => earlier.assetId === part.assetId && earlier.startMs > part.startMs);
    if (isBackwards) value -= weights.backwards;
  }
  return value;
}

function stepValue(before: RemixCandidate, part: RemixCandidate): number {
  return (
    weights.neighbours * likeness(before, part) -
    (before.assetId === part.assetId ? weights.sameSourceInARow : 0)
  );
}

function followNearest(hook: RemixCandidate, parts: readonly RemixCandidate[]): RemixCandidate[] {
  const left = [...parts];
  const order: RemixCandidate[] = [];
  let last = hook;
  while (left.length > 0) {
    const value = (part: RemixCandidate) =>
      stepValue(last, part) -
      (left.some((other) => other.assetId === part.assetId && other.startMs < part.startMs)
        ? weights.backwards
        : 0);
    const next = left.reduce((best, part) => (value(part) > value(best) ? part : best));
    left.splice(left.indexOf(next), 1);
    order.push(next);
    last = next;
  }
  return order;
}

/** How alike two parts are in meaning: the cosine of their vectors. */
export function likeness(one: RemixCandidate, other: RemixCandidate): number {
  let sum = 0;
  for (let d = 0; d < one.vector.length; d++) sum += one.vector[d]! * other.vector[d]!;
  return sum;
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length <= 1) {
    yield [...items];
    return;
  }
  for (const [index, item] of items.entries()) {
    const others = items.filter((_, place) => place !== index);
    for (const rest of permutations(others)) yield [item, ...rest];
  }
}
