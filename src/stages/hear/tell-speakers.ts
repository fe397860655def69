import type { TimeRange } from '../../domain/time.ts';
import type { Word } from '../../domain/transcript.ts';
import { silenceDbfs } from './level-meter.ts';

/** A speaker's microphone. */
export type SpeakerLevels = {
  readonly speaker: string;
  /** Levels in dB relative to full scale, one each `windowMs`, in the recording's time from 0 on. */
  readonly levelsDbfs: readonly number[];
};

/** How it is told who speaks. Decibels throughout. By judgement, on made conversations and microphones that hear each other. */
export const speakerRules = {
  /** A microphone so near to its own noise hears nobody. */
  aboveNoiseDb: 6,
  /** A microphone that leads by less in the mean hears what the others hear: nobody speaks into it. */
  minLeadDb: 4,
  /** Being so far behind is as bad as any more. */
  maxBehindDb: 18,
  /** What a change of speaker must gain: within speech, and after a pause of {@link pauseMs}. */
  changeDb: 14,
  changeAfterPauseDb: 5,
  pauseMs: 250,
} as const;

/**
 * Says of every word who speaks it: the one whose microphone is loudest then, each against how loud it usually is when its
 * owner speaks, since microphones differ and hear each other; smoothed, since nobody speaks single syllables into another's
 * sentence. A microphone into which nobody speaks gets no words. Fewer than two microphones say nothing: the words come back as they are.
 */
export function tellSpeakers(
  words: readonly Word[],
  microphones: readonly SpeakerLevels[],
  windowMs: number,
): Word[] {
  if (microphones.length < 2 || words.length === 0) return [...words];
  let rows = microphones.map(({ speaker, levelsDbfs }) => {
    const noiseDbfs =
      percentile(
        levelsDbfs.filter((level) => level > silenceDbfs),
        0.1,
      ) ?? silenceDbfs;
    const levels = words.map((word) => levelDuring(levelsDbfs, word, windowMs));
    return { speaker, noiseDbfs, levels };
  });
  for (;;) {
    const scores = scoreRows(rows);
    const best = words.map((_word, at) => indexOfMax(scores.map((row) => row[at] ?? 0)));
    const weakest = findIdle(rows, scores, best);
    if (rows.length > 1 && weakest !== undefined) {
      rows = rows.filter((_row, index) => index !== weakest);
      continue;
    }
    const chosen = smoothChoice(words, scores);
    return words.map((word, at) => Object.assign({}, word, { speaker: rows[chosen[at] ?? 0]?.speaker }));
  }
}

type Row = { readonly speaker: string; readonly noiseDbfs: number; readonly levels: readonly number[] };

/** How each word's level on each microphone compares with what its owner's own words have there (found in a few rounds). */
function scoreRows(rows: readonly Row[]): number[][] {
  // To begin with: the loudest words are the owner's. Whoever speaks one word in fifty is found.
  let usual = rows.map(({ levels }) => percentile(levels, 0.98) ?? 0);
  const scoreWith = (usualDb: readonly number[]) =>
    rows.map(({ levels, noiseDbfs }, index) =>
      levels.map((level) =>
        level < noiseDbfs + speakerRules.aboveNoiseDb ? -Infinity : level - (usualDb[index] ?? 0),
      ),
    );
  for (let round = 0; round < 6; round++) {
    const scores = scoreWith(usual);
    const owned = rows.map((): number[] => []);
    for (let at = 0; at < (rows[0]?.levels.length ?? 0); at++) {
      const best = indexOfMax(scores.map((row) => row[at] ?? 0));
      if ((scores[best]?.[at] ?? -Infinity) > -Infinity) owned[best]?.push(rows[best]?.levels[at] ?? 0);
    }
    const next = usual.map((before, index) => percentile(owned[index] ?? [], 0.5) ?? before);
    if (next.every((value, index) => Math.abs(value - (usual[index] ?? 0)) < 0.1)) break;
    usual = next;
  }
  return scoreWith(usual);
}

/**
 * A microphone that hears only what others hear: of those that lead too little, the one that tells the speakers apart least,
 * for that is a room's; where two tell as much, the one that stands less above its noise.
 */
function findIdle(
  rows: readonly Row[],
  scores: readonly (readonly number[])[],
  best: readonly number[],
): number | undefined {
  const idle = rows.flatMap((row, index) => {
    const leads: number[] = [];
    for (const [at, owner] of best.entries()) {
      const mine = scores[index]?.[at] ?? -Infinity;
      if (owner !== index || mine === -Infinity) continue;
      const others = scores.filter((_row, other) => other !== index).map((other) => other[at] ?? -Infinity);
      leads.push(Math.min(speakerRules.maxBehindDb, mine - Math.max(...others)));
    }
    if ((percentile(leads, 0.5) ?? 0) >= speakerRules.minLeadDb) return [];
    const heardDbfs = percentile(row.levels, 0.5) ?? 0;
    return [{ index, telling: measureTelling(rows, index), aboveNoise: heardDbfs - row.noiseDbfs }];
  });
  const least = Math.min(...idle.map(({ telling }) => telling));
  return idle.filter(({ telling }) => telling < least + 3).toSorted((a, b) => a.aboveNoise - b.aboveNoise)[0]
    ?.index;
}

/** How much a microphone's level moves from word to word against that of all microphones together, in dB. */
function measureTelling(rows: readonly Row[], index: number): number {
  const against = (rows[index]?.levels ?? []).map(
    (level, at) => level - rows.reduce((sum, { levels }) => sum + (levels[at] ?? 0), 0) / rows.length,
  );
  return (percentile(against, 0.95) ?? 0) - (percentile(against, 0.05) ?? 0);
}

/** The choice that costs least over all words, where being behind costs and changing costs (Viterbi). */
function smoothChoice(words: readonly Word[], scores: readonly (readonly number[])[]): number[] {
  const count = scores.length;
  const costAt = (row: number, at: number) =>
    Math.min(speakerRules.maxBehindDb, Math.max(0, -(scores[row]?.[at] ?? 0)));
  let costs = Array.from({ length: count }, (_zero, row) => costAt(row, 0));
  const from: number[][] = [];
  for (let at = 1; at < words.length; at++) {
    const pauseMs = (words[at]?.startMs ?? 0) - (words[at - 1]?.endMs ?? 0);
    const change = pauseMs >= speakerRules.pauseMs ? speakerRules.changeAfterPauseDb : speakerRules.changeDb;
    const cheapest = costs.indexOf(Math.min(...costs));
    const stays = costs.map((cost) => cost <= (costs[cheapest] ?? 0) + change);
    from.push(stays.map((doesStay, row) => (doesStay ? row : cheapest)));
    costs = costs.map((cost, row) => Math.min(cost, (costs[cheapest] ?? 0) + change) + costAt(row, at));
  }
  const chosen: number[] = [costs.indexOf(Math.min(...costs))];
  for (let at = words.length - 2; at >= 0; at--) chosen.push(from[at]?.[chosen.at(-1) ?? 0] ?? 0);
  return chosen.toReversed();
}

/** The level of a stretch: that of its mean power. */
function levelDuring(levels: readonly number[], range: TimeRange, windowMs: number): number {
  const from = Math.floor(range.startMs / windowMs);
  const to = Math.max(from + 1, Math.ceil(range.endMs / windowMs));
  let power = 0;
  for (let at = from; at < to; at++) power += 10 ** ((levels[at] ?? silenceDbfs) / 10);
  return 10 * Math.log10(power / (to - from));
}

function percentile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)];
}

function indexOfMax(values: readonly number[]): number {
  let best = 0;
  for (const [index, value] of values.entries()) if (value > (values[best] ?? -Infinity)) best = index;
  return best;
}
