/**
 * A camera operator's path in one dimension: still where it can be, otherwise one eased move, never late. It is the best path
 * under a measure of total movement, acceleration and jerk (as in Grundmann, Kwatra & Essa 2011, "Auto-directed video
 * stabilization with robust L1 optimal camera paths"), found by the alternating direction method of multipliers
 * (Boyd et al. 2011). Lengths are in units of the caller's own, best the crop's width; pure.
 */

/** What a path may do at one step. */
export type PathStep = {
  /** Where the subject is cut into, or the picture left: never outside. */
  readonly least: number;
  readonly most: number;
  /** Where the subject stands well: outside it the camera is drawn back. */
  readonly from: number;
  readonly to: number;
};

/**
 * What movement costs. A move of one unit in a second has a travel of 1, and about 12 and 720 of squared acceleration and jerk
 * a second; a subject that stands badly by a fifth of a unit for a second costs 0.04. By eye on real recordings.
 */
const costs = { travel: 0.35, acceleration: 0.012, jerk: 0.00025, standing: 40 };

const rounds = 400;

/** The path through steps, `stepsPerSecond` apart. */
export function smoothPath(steps: readonly PathStep[], stepsPerSecond: number): number[] {
  const hold = findHold(steps);
  if (hold !== undefined) return steps.map(() => hold);
  if (steps.length < 4) return steps.map(({ from, to, least, most }) => clamp((from + to) / 2, least, most));
  return roundCorners(optimise(steps, stepsPerSecond), stepsPerSecond);
}

/** The one place where the subject stands well all the time, in the middle of all such places. */
function findHold(steps: readonly PathStep[]): number | undefined {
  let low = -Infinity;
  let high = Infinity;
  for (const { least, most, from, to } of steps) {
    low = Math.max(low, least, Math.min(from, most));
    high = Math.min(high, most, Math.max(to, least));
  }
  if (low > high) return undefined;
  // Of the places that will do, the one nearest to where the subject mostly is.
  const middles = steps.map(({ from, to }) => (from + to) / 2).toSorted((a, b) => a - b);
  return clamp(middles[middles.length >> 1] ?? low, low, high);
}

function optimise(steps: readonly PathStep[], stepsPerSecond: number): number[] {
  const count = steps.length;
  const second = 1 / stepsPerSecond;
  const acceleration = costs.acceleration / second ** 3;
  const jerk = costs.jerk / second ** 5;
  const standing = costs.standing * second;
  // Weights of the two splits: place and change. They set how fast it converges, not where to.
  const place = Math.max(standing, 0.05 * acceleration);
  const change = place * 4;
  const factor = factorise(bandMatrix(count, place, change, acceleration, jerk));
  const middles = steps.map(({ from, to, least, most }) => clamp((from + to) / 2, least, most));
  const path = Float64Array.from(middles);
  const places = Float64Array.from(middles);
  const placesDual = new Float64Array(count);
  const changes = new Float64Array(count);
  const changesDual = new Float64Array(count);
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < count; at += 1) {
      const wanted = at < count - 1 ? changes[at]! - changesDual[at]! : 0;
      const before = at > 0 ? changes[at - 1]! - changesDual[at - 1]! : 0;
      path[at] = place * (places[at]! - placesDual[at]!) + change * (before - wanted);
    }
    solve(factor, path);
    for (let at = 0; at < count; at += 1) {
      const raw = path[at]! + placesDual[at]!;
      const settled = settle(raw, steps[at]!, standing, place);
      places[at] = settled;
      placesDual[at] = raw - settled;
    }
    for (let at = 0; at < count - 1; at += 1) {
      const raw = path[at + 1]! - path[at]! + changesDual[at]!;
      const shrunk = Math.sign(raw) * Math.max(0, Math.abs(raw) - costs.travel / change);
      changes[at] = shrunk;
      changesDual[at] = raw - shrunk;
    }
  }
  return standStill(path, changes, steps);
}

/** The same path put together from its changes, which are exactly none where it holds. */
function standStill(path: Float64Array, changes: Float64Array, steps: readonly PathStep[]): number[] {
  const sums: number[] = [];
  let sum = 0;
  let apart = 0;
  for (const [at, value] of path.entries()) {
    sums.push(sum);
    apart += value - sum;
    sum += changes[at] ?? 0;
  }
  const start = apart / path.length;
  return sums.map((value, at) => clamp(start + value, steps[at]!.least, steps[at]!.most));
}

/** What is cut off at a limit leaves a corner, which is rounded over this much time on either side. In seconds. */
const cornerSeconds = 0.14;

function roundCorners(path: readonly number[], stepsPerSecond: number): number[] {
  const reach = Math.max(1, Math.round(cornerSeconds * stepsPerSecond));
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) => {
    const away = (index - reach) / (reach + 1);
    return (1 - away * away) ** 2;
  });
  return path.map((value, at) => {
    let sum = 0;
    let total = 0;
    for (const [index, weight] of weights.entries()) {
      const near = path[at + index - reach];
      if (near === undefined) continue;
      // Differences, so that a camera that stands still stays exactly where it is.
      sum += weight * (near - value);
      total += weight;
    }
    return value + sum / total;
  });
}

/** The nearest place that is allowed, drawn towards where the subject stands well. */
function settle(raw: number, { least, most, from, to }: PathStep, standing: number, place: number): number {
  const good = clamp(raw, from, to);
  return clamp((place * raw + 2 * standing * good) / (place + 2 * standing), least, most);
}

/** The half band of a symmetric matrix, main diagonal first. */
type Band = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

function bandMatrix(count: number, place: number, change: number, acceleration: number, jerk: number): Band {
  const band: Band = [0, 1, 2, 3].map(() => new Float64Array(count)) as unknown as Band;
  band[0].fill(place);
  const add = (weights: readonly number[], cost: number) => {
    for (let start = 0; start + weights.length <= count; start += 1) {
      for (const [a, left] of weights.entries()) {
        for (let b = 0; b <= a; b += 1) {
          const diagonal = band[(a - b) as 0 | 1 | 2 | 3];
          diagonal[start + a] = (diagonal[start + a] ?? 0) + cost * left * (weights[b] ?? 0);
        }
      }
    }
  };
  add([-1, 1], change);
  add([1, -2, 1], 2 * acceleration);
  add([-1, 3, -3, 1], 2 * jerk);
  return band;
}

/** LDLᵀ of a band matrix: entry `i` of band `k` couples step `i` with step `i − k`. */
function factorise(band: Band): Band {
  const [main, one, two, three] = band;
  for (let i = 0; i < main.length; i += 1) {
    const l3 = i < 3 ? 0 : three[i]! / main[i - 3]!;
    const scaled3 = i < 3 ? 0 : l3 * main[i - 3]!;
    const l2 = i < 2 ? 0 : (two[i]! - (i < 3 ? 0 : scaled3 * one[i - 2]!)) / main[i - 2]!;
    const scaled2 = i < 2 ? 0 : l2 * main[i - 2]!;
    const rest = (i < 2 ? 0 : scaled2 * one[i - 1]!) + (i < 3 ? 0 : scaled3 * two[i - 1]!);
    const l1 = i < 1 ? 0 : (one[i]! - rest) / main[i - 1]!;
    const scaled1 = i < 1 ? 0 : l1 * main[i - 1]!;
    three[i] = l3;
    two[i] = l2;
    one[i] = l1;
    main[i] = main[i]! - l1 * scaled1 - l2 * scaled2 - l3 * scaled3;
  }
  return band;
}

/** Solves in place: `values` goes in as the right side and comes out as the answer. At least four of them. */
function solve([main, one, two, three]: Band, values: Float64Array): void {
  const size = values.length;
  values[1] = values[1]! - one[1]! * values[0]!;
  values[2] = values[2]! - one[2]! * values[1]! - two[2]! * values[0]!;
  for (let i = 3; i < size; i += 1) {
    values[i] = values[i]! - one[i]! * values[i - 1]! - two[i]! * values[i - 2]! - three[i]! * values[i - 3]!;
  }
  for (let i = 0; i < size; i += 1) values[i] = values[i]! / main[i]!;
  values[size - 2] = values[size - 2]! - one[size - 1]! * values[size - 1]!;
  values[size - 3] =
    values[size - 3]! - one[size - 2]! * values[size - 2]! - two[size - 1]! * values[size - 1]!;
  for (let i = size - 4; i >= 0; i -= 1) {
    values[i] =
      values[i]! -
      one[i + 1]! * values[i + 1]! -
      two[i + 2]! * values[i + 2]! -
      three[i + 3]! * values[i + 3]!;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
