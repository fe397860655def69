import { invertRanges, overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Stretch } from './feature.ts';
import type { Material, ShortlistOptions } from './material.ts';
import type { Scorer } from './score.ts';

/** A stretch with its score. */
export type ScoredStretch = Stretch & { readonly score: number };

/** Candidates that share more than this part of the shorter one are one candidate: the better one stays. */
const sameMomentShare = 0.6;

/** Candidates kept at most: more than anyone asks for, few enough to explain and embed each. */
const maxCandidates = 300;

/**
 * Goes over every stretch of whole units between the shortest and the longest length, and keeps for each beginning the
 * best end; then again in what the best ones leave free, so that a short source gives as many clips as it can hold.
 * Time grows with the number of units times the units in `maxMs`, never with the square of the source.
 */
export function bestStretches(
  material: Material,
  options: Pick<ShortlistOptions, 'minMs' | 'maxMs' | 'range'>,
  scorer: Scorer,
): ScoredStretch[] {
  const range = options.range ?? { startMs: 0, endMs: material.durationMs };
  const kept = dropLikes(bestOfEachStart(material, options, range, scorer));
  if (kept.length >= maxCandidates) return kept;
  const taken: TimeRange[] = [];
  for (const stretch of kept)
    if (taken.every((other) => overlapMs(other, stretch) === 0)) taken.push(stretch);
  const free = invertRanges(
    taken.toSorted((one, other) => one.startMs - other.startMs),
    material.durationMs,
  );
  const fillers = free
    .filter((gap) => gap.endMs - gap.startMs >= options.minMs)
    .flatMap((gap) => {
      const inside = {
        startMs: Math.max(gap.startMs, range.startMs),
        endMs: Math.min(gap.endMs, range.endMs),
      };
      return dropLikes(bestOfEachStart(material, options, inside, scorer));
    });
  const isKnown = (stretch: ScoredStretch) =>
    kept.some((other) => other.from === stretch.from && other.to === stretch.to);
  return [...kept, ...fillers.filter((stretch) => !isKnown(stretch))]
    .sort((one, other) => other.score - one.score || one.startMs - other.startMs)
    .slice(0, maxCandidates);
}

/** The best stretch that begins with each unit and lies inside a range. */
function bestOfEachStart(
  { units, cutsIn, cutsOut }: Material,
  { minMs, maxMs }: Pick<ShortlistOptions, 'minMs' | 'maxMs'>,
  range: TimeRange,
  scorer: Scorer,
): ScoredStretch[] {
  const best: ScoredStretch[] = [];
  for (let from = 0; from < units.length; from++) {
    const startMs = cutsIn[from]!.atMs;
    if (startMs < range.startMs || units[from]!.startMs < range.startMs) continue;
    if (startMs >= range.endMs) break;
    let bestHere: ScoredStretch | undefined;
    for (let to = from + 1; to <= units.length; to++) {
      const last = units[to - 1]!;
      if (last.startMs - startMs > maxMs || last.endMs > range.endMs) break;
      const endMs = cutsOut[to - 1]!.atMs;
      const lengthMs = endMs - startMs;
      if (lengthMs < minMs || lengthMs > maxMs || endMs > range.endMs) continue;
      const stretch = { from, to, startMs, endMs };
      const score = scorer.score(stretch);
      if (bestHere === undefined || score > bestHere.score) bestHere = { ...stretch, score };
    }
    if (bestHere !== undefined) best.push(bestHere);
  }
  return best;
}

/** Keeps the better of any two that are nearly the same stretch; best first. */
function dropLikes(stretches: readonly ScoredStretch[]): ScoredStretch[] {
  const kept: ScoredStretch[] = [];
  for (const stretch of stretches.toSorted((a, b) => b.score - a.score || a.startMs - b.startMs)) {
    if (kept.length >= maxCandidates) break;
    const isLike = kept.some((other) => {
      const sharedMs = Math.min(stretch.endMs, other.endMs) - Math.max(stretch.startMs, other.startMs);
      const shorterMs = Math.min(stretch.endMs - stretch.startMs, other.endMs - other.startMs);
      return sharedMs > sameMomentShare * shorterMs;
    });
    if (!isLike) kept.push(stretch);
  }
  return kept;
}

/** Says in one sentence why there is no candidate at all. */
export function whyNone(
  material: Material,
  options: Pick<ShortlistOptions, 'minMs' | 'maxMs' | 'range'>,
): string {
  const { units } = material;
  const where = options.range === undefined ? 'in this source' : 'between the times asked for';
  const range = options.range ?? { startMs: 0, endMs: material.durationMs };
  const inside = units.filter((unit) => unit.startMs >= range.startMs && unit.endMs <= range.endMs);
  const first = inside[0];
  const last = inside.at(-1);
  if (first === undefined || last === undefined) return `No moments: there is no whole sentence ${where}.`;
  const spokenMs = last.endMs - first.startMs;
  if (spokenMs < options.minMs) {
    return `No moments: the talk ${where} lasts ${seconds(spokenMs)} and the shortest clip asked for is ${seconds(options.minMs)}. Ask for shorter ones with --min.`;
  }
  return `No moments: no run of whole sentences ${where} lasts between ${seconds(options.minMs)} and ${seconds(options.maxMs)}. Allow more with --min and --max.`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
