import { overlapMs } from '../../domain/time.ts';
import type { PartRole, RemixCandidate, RemixPart } from './part.ts';
import { orderBuild } from './order-build.ts';
import { explainPart } from './explain-part.ts';
import { createNoise } from './noise.ts';

/** What a remix is to be. */
export type ComposeOptions = {
  /** How long all parts play together, in ms. */
  readonly lengthMs: number;
  /** 0: the best there is. Any other number gives another choice, the same one each time. */
  readonly seed: number;
  /** Remixes that were made before: what is in them counts less. */
  readonly earlier: readonly (readonly RemixPart[])[];
};

/** What was chosen, in the order in which it plays, and what a reader should know. */
export type ComposedRemix = {
  readonly parts: readonly RemixPart[];
  readonly playMs: number;
  readonly notes: readonly string[];
};

/** The length may miss what is wanted by this share. */
export const lengthTolerance = 0.1;

/** Meanings more alike than this say the same: the cosine of two parts of about half a minute together. */
export const sameMeaning = 0.8;

/** So many candidates take part, the best by any role: more cost time and change little. */
const maxCandidates = 80;
/** So many hooks and payoffs are tried, and so many beginnings of a choice are followed at once. */
const triedEnds = 6;
const beamWidth = 10;
const maxParts = 12;

/** What the sum of a choice is made of. Scores of parts are 0 to 1, so these say what outweighs how much of a score. */
const weights = {
  hook: 1.2,
  payoff: 1,
  /** The mean of the parts between, weighed by how long they play. */
  build: 1.2,
  /** For each source beyond the first, up to so many. */
  source: 0.12,
  countedSources: 4,
  /** What neighbours have in common, above what is nothing and below what is the same. */
  likeness: 0.35,
  nearness: 0.4,
  /** Missing the length by the tolerance. */
  length: 0.15,
  /** A part that is heard in an earlier variant. */
  earlier: 0.5,
  /** How far a seed shifts each score at most. */
  noise: 0.12,
} as const;

/**
 * Chooses parts and their order: the strongest opening near the topic, a build from several sources in which nothing is said
 * twice, and an ending that concludes; together within 10 % of the wanted length. Deterministic: candidates in any order and
 * the same seed give the same. Where there is too little to fill the length, the longest choice and a note.
 */
export function composeRemix(
  candidates: readonly RemixCandidate[],
  options: ComposeOptions,
): ComposedRemix | undefined {
  const pool = shortenPool(candidates, options);
  if (pool.length === 0) return undefined;
  const best = searchBest(pool, options);
  if (best === undefined) return undefined;
  const build = orderBuild(
    best.hook.candidate,
    best.build.map(({ candidate }) => candidate),
    best.payoff?.candidate,
  );
  const ordered: { role: PartRole; candidate: RemixCandidate }[] = [
    { role: 'hook', candidate: best.hook.candidate },
    ...build.map((candidate) => ({ role: 'build' as const, candidate })),
    ...(best.payoff === undefined ? [] : [{ role: 'payoff' as const, candidate: best.payoff.candidate }]),
  ];
  const parts = ordered.map(({ role, candidate }, index) => ({
    role,
    candidate,
    why: explainPart(role, candidate, ordered[index - 1]?.candidate),
  }));
  const sources = new Set(parts.map(({ candidate }) => candidate.assetId)).size;
  const available = new Set(candidates.map(({ assetId }) => assetId)).size;
  const notes: string[] = [];
  if (best.playMs < options.lengthMs * (1 - lengthTolerance)) {
    notes.push(
      `It plays ${seconds(best.playMs)} instead of ${seconds(options.lengthMs)}: nothing more was found on the topic that fits and is not a repetition.`,
    );
  }
  if (sources === 1 && available > 1) {
    notes.push('All of it comes from one source: no other had a passage that fits without repeating it.');
  }
  return { parts, playMs: best.playMs, notes };
}

/** A candidate with its scores as this seed and the earlier variants see them. */
type Weighed = { readonly candidate: RemixCandidate; readonly scores: Readonly<Record<PartRole, number>> };

function shortenPool(candidates: readonly RemixCandidate[], options: ComposeOptions): Weighed[] {
  const noise = createNoise(options.seed);
  const used = options.earlier.flat();
  const weighed = [...new Map(candidates.map((candidate) => [candidate.id, candidate])).values()]
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map((candidate): Weighed => {
      const usedShare = Math.min(
        1,
        used
          .filter((part) => part.candidate.assetId === candidate.assetId)
          .reduce((sum, part) => sum + overlapMs(part.candidate, candidate), 0) /
          (candidate.endMs - candidate.startMs),
      );
      const shift = weights.nearness * candidate.nearness - weights.earlier * usedShare;
      const scoreOf = (role: PartRole) =>
        candidate.scores[role] +
        shift +
        (options.seed === 0 ? 0 : weights.noise * noise(`${role} ${candidate.id}`));
      return {
        candidate,
        scores: { hook: scoreOf('hook'), build: scoreOf('build'), payoff: scoreOf('payoff') },
      };
    });
  const best = (one: Weighed) => Math.max(one.scores.hook, one.scores.build, one.scores.payoff);
  const kept = weighed.toSorted((one, other) => best(other) - best(one)).slice(0, maxCandidates);
  // Every source keeps a chance, however strong the others are.
  for (const assetId of new Set(weighed.map(({ candidate }) => candidate.assetId))) {
    const own = weighed
      .filter(({ candidate }) => candidate.assetId === assetId)
      .toSorted((one, other) => best(other) - best(one));
    for (const one of own.slice(0, 4)) if (!kept.includes(one)) kept.push(one);
  }
  return kept;
}

type Choice = {
  readonly hook: Weighed;
  readonly payoff: Weighed | undefined;
  readonly build: readonly Weighed[];
  readonly playMs: number;
  readonly value: number;
};

function searchBest(pool: readonly Weighed[], { lengthMs }: ComposeOptions): Choice | undefined {
  const clashes = compareAll(pool);
  const mostMs = lengthMs * (1 + lengthTolerance);
  const leastMs = lengthMs * (1 - lengthTolerance);
  const top = (role: PartRole) =>
    pool
      .map((one, index) => ({ one, index }))
      .filter(({ one }) => one.candidate.playMs <= mostMs)
      .toSorted((a, b) => b.one.scores[role] - a.one.scores[role])
      .slice(0, triedEnds);
  let best: Choice | undefined;
  const offer = (choice: Choice) => {
    if (best === undefined || rank(choice, leastMs) > rank(best, leastMs)) best = choice;
  };
  for (const hook of top('hook')) {
    offer(evaluate([hook.index], undefined, pool, clashes, lengthMs));
    for (const payoff of top('payoff')) {
      if (clashes.is(hook.index, payoff.index)) continue;
      if (hook.one.candidate.playMs + payoff.one.candidate.playMs > mostMs) continue;
      let beam: { build: number[]; choice: Choice }[] = [
        { build: [], choice: evaluate([hook.index], payoff.index, pool, clashes, lengthMs) },
      ];
      while (beam.length > 0) {
        for (const { choice } of beam) offer(choice);
        const next = new Map<string, { build: number[]; choice: Choice }>();
        for (const { build, choice } of beam) {
          if (build.length + 2 >= maxParts) continue;
          for (const [index, one] of pool.entries()) {
            if (choice.playMs + one.candidate.playMs > mostMs) continue;
            const members = [hook.index, payoff.index, ...build];
            if (members.includes(index) || members.some((member) => clashes.is(member, index))) continue;
            const longer = [...build, index].toSorted((a, b) => a - b);
            const key = longer.join(' ');
            if (next.has(key)) continue;
            next.set(key, {
              build: longer,
              choice: evaluate([hook.index, ...longer], payoff.index, pool, clashes, lengthMs),
            });
          }
        }
        beam = [...next.values()].toSorted((a, b) => b.choice.value - a.choice.value).slice(0, beamWidth);
      }
    }
  }
  return best;
}

/** What is long enough comes before all that is not; of what is not, the longer. */
function rank({ playMs, value }: Choice, leastMs: number): number {
  return playMs >= leastMs ? 1000 + value : playMs / leastMs;
}

function evaluate(
  [hookIndex, ...build]: readonly number[],
  payoffIndex: number | undefined,
  pool: readonly Weighed[],
  clashes: Likeness,
  lengthMs: number,
): Choice {
  const hook = pool[hookIndex!]!;
  const payoff = payoffIndex === undefined ? undefined : pool[payoffIndex];
  const middle = build.map((index) => pool[index]!);
  const all = [hook, ...middle, ...(payoff === undefined ? [] : [payoff])];
  const playMs = all.reduce((sum, { candidate }) => sum + candidate.playMs, 0);
  const buildMs = middle.reduce((sum, { candidate }) => sum + candidate.playMs, 0);
  const buildScore =
    buildMs === 0
      ? 0
      : middle.reduce((sum, { scores, candidate }) => sum + scores.build * candidate.playMs, 0) / buildMs;
  const sources = new Set(all.map(({ candidate }) => candidate.assetId)).size;
  const indices = [hookIndex!, ...build, ...(payoffIndex === undefined ? [] : [payoffIndex])];
  const value =
    weights.hook * hook.scores.hook +
    weights.payoff * (payoff?.scores.payoff ?? 0) +
    weights.build * buildScore +
    weights.source * (Math.min(weights.countedSources, sources) - 1) -
    weights.likeness * clashes.meanExcess(indices) -
    weights.length * Math.min(1, Math.abs(playMs / lengthMs - 1) / lengthTolerance) -
    // Two sources where there are two: the cost of one is more than any part can make good.
    (sources === 1 && clashes.sourceCount > 1 ? 2 : 0);
  return { hook, payoff, build: middle, playMs, value };
}

type Likeness = {
  /** Whether two may not be heard in one remix. */
  is(one: number, other: number): boolean;
  /** How much members repeat one another on average: 0 at half of what is the same, 1 at the same. */
  meanExcess(indices: readonly number[]): number;
  readonly sourceCount: number;
};

function compareAll(pool: readonly Weighed[]): Likeness {
  const count = pool.length;
  const cosines = new Float32Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      cosines[a * count + b] = mayNotMeet(pool[a]!.candidate, pool[b]!.candidate)
        ? 2
        : dot(pool[a]!.candidate.vector, pool[b]!.candidate.vector);
    }
  }
  return {
    sourceCount: new Set(pool.map(({ candidate }) => candidate.assetId)).size,
    is: (one, other) => cosines[one * count + other]! >= sameMeaning,
    meanExcess(indices) {
      let sum = 0;
      let pairs = 0;
      for (const [position, one] of indices.entries()) {
        for (const other of indices.slice(position + 1)) {
          sum += Math.max(0, cosines[one * count + other]! / sameMeaning - 0.5) * 2;
          pairs += 1;
        }
      }
      return pairs === 0 ? 0 : sum / pairs;
    },
  };
}

/** The same words of one source, or two sources that say the same word for word. */
function mayNotMeet(one: RemixCandidate, other: RemixCandidate): boolean {
  if (one.assetId === other.assetId && overlapMs(one, other) > 0) return true;
  const [shorter, longer] = [plain(one.text), plain(other.text)].toSorted((a, b) => a.length - b.length);
  return shorter !== '' && longer!.includes(shorter!);
}

function plain(text: string): string {
  return ` ${text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < one.length; d++) sum += one[d]! * other[d]!;
  return sum;
}

/** How much of one remix is heard in another: shared ms over those of the shorter. 0: nothing; 1: all of it. */
export function sharedShare(one: readonly RemixPart[], other: readonly RemixPart[]): number {
  const lengthOf = (parts: readonly RemixPart[]) =>
    parts.reduce((sum, { candidate }) => sum + candidate.endMs - candidate.startMs, 0);
  const shared = one.reduce(
    (sum, { candidate: a }) =>
      sum + other.reduce((own, { candidate: b }) => own + (a.assetId === b.assetId ? overlapMs(a, b) : 0), 0),
    0,
  );
  return shared / Math.max(1, Math.min(lengthOf(one), lengthOf(other)));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
