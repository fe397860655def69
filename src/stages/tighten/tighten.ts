import { joinWords } from '../../domain/caption-join.ts';
import type { Sound } from '../../domain/sound.ts';
import type { RemovedStretch, TightenMode } from '../../domain/tightening.ts';
import { durationMs, invertRanges, mergeRanges, overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Transcript, Word } from '../../domain/transcript.ts';
import { findLooseWords, type LooseWords } from './loose-words.ts';
import { levelAt, loudestDbfs, loudParts, quietestWindow, type Envelope } from './quiet.ts';

/** What tightening goes by. */
export type TightenRequest = {
  readonly transcript: Pick<Transcript, 'words' | 'speech' | 'language'>;
  /** Where given, cuts are put where it is quiet, and what is loud without being speech (laughter, music) stays. */
  readonly sound?: Pick<Sound, 'envelopeDbfs' | 'envelopeWindowMs'> | undefined;
  readonly range: TimeRange;
  readonly mode: TightenMode;
  /** Stretches that must not be cut: what a person took back. */
  readonly keepStretches?: readonly TimeRange[] | undefined;
};

/** What is left of a range and what was cut from its middle, both in order; together they are the range. */
export type Tightened = { readonly kept: readonly TimeRange[]; readonly removed: readonly RemovedStretch[] };

/** How a mode cuts. Lengths in ms; docs/tightening.md says how they were found. */
type Rules = {
  /** A longer pause is shortened … */
  readonly pauseMs: number;
  /** … to this, and at the end of a sentence to that. */
  readonly breathMs: number;
  readonly sentenceBreathMs: number;
  /** What nobody was heard to say is left alone this close to speech: recognisers and detectors end words early. */
  readonly beforeMs: number;
  readonly afterMs: number;
  /** Speech without a word is a filler up to this length; longer, it is a laugh or a word that was missed. */
  readonly maxFillerMs: number;
  /** A pause in which something is heard that stands out of the room and is no more than this below speech is none, in dB. */
  readonly audibleBelowSpeechDb: number;
  /** Whether fillers that no silence parts from their neighbours are cut where the level dips. */
  readonly cutsAtDips: boolean;
};

const rulesOf: Readonly<Record<Exclude<TightenMode, 'off'>, Rules>> = {
  natural: {
    pauseMs: 600,
    breathMs: 300,
    sentenceBreathMs: 420,
    beforeMs: 60,
    afterMs: 100,
    maxFillerMs: 700,
    audibleBelowSpeechDb: 14,
    cutsAtDips: false,
  },
  fast: {
    pauseMs: 300,
    breathMs: 120,
    sentenceBreathMs: 180,
    beforeMs: 50,
    afterMs: 80,
    maxFillerMs: 1000,
    audibleBelowSpeechDb: 8,
    cutsAtDips: true,
  },
};

/** A shorter cut is not worth its jump, in ms. */
const minRemovedMs = 150;

/** A soft sound that goes on from speech (a last "s", the room) is left to it for this long, in ms … */
const decayMs = 250;

/** … while it is this much above the pause's own noise, in dB. */
const aboveNoiseDb = 8;

/** What is this much above the room stands out of it: laughter, applause, a door. In dB. */
const standsOutDb = 10;

/** The room is heard this far around a range, in ms. */
const roomMs = 15_000;

/** Sounds in a pause that lie this close together are one, and this much around them belongs to it; in ms. */
const audibleGapMs = 250;
const aroundAudibleMs = 100;

/** No sound of speech is this much below its usual level, in dB: a weak "f" is about 30 below a vowel. */
const inaudibleBelowSpeechDb = 32;

/** With less than this between speech and the room, a recording is noisy, in dB. */
const noisyDb = 12;

/** How far the level falls between a filler and a word that no silence parts, in dB, for a cut in between. */
const dipDb = 10;

/** A word belongs to a stretch of speech that it shares this much with, in ms, or half of itself. */
const sharedMs = 40;

/**
 * Cuts pauses, fillers and false starts out of the middle of a range. A cut lies where neither the words' times nor the
 * detector know of speech and where it is quiet; without a detector's word nothing is cut. Pure; ms of the source.
 */
export function tighten(request: TightenRequest): Tightened {
  const { range, mode, transcript, sound } = request;
  const untouched: Tightened = { kept: [range], removed: [] };
  if (mode === 'off' || transcript.speech.length === 0) return untouched;
  const words = transcript.words.filter((word) => liesIn(range, word));
  const speech = transcript.speech.filter((stretch) => overlapMs(stretch, range) > 0);
  const levels =
    sound === undefined ? undefined : measureLevels(sound, transcript.speech, range, rulesOf[mode]);
  const rules = levels?.isNoisy === true ? beCareful(rulesOf[mode]) : rulesOf[mode];
  const parted = areTimed(words)
    ? partSpeech(speech, words, findLooseWords(words, transcript.language), rules, sound)
    : { words, speech, going: [] };
  const protectedRanges = protect(parted, rules, range, sound, levels);
  const removed = invertRanges(protectedRanges, range.endMs)
    .filter((gap) => gap.startMs > range.startMs && gap.endMs < range.endMs)
    .flatMap((gap) => cutGap(gap, parted, rules, sound))
    .filter((cut) => !(request.keepStretches ?? []).some((wanted) => overlapMs(wanted, cut) > 0))
    .map(({ startMs, endMs, kind }): RemovedStretch => {
      const said = words.filter((word) => liesIn({ startMs, endMs }, word));
      return { startMs, endMs, kind, text: joinWords(said.map((word) => word.text)) };
    });
  if (removed.length === 0) return untouched;
  const gone = removed.map(({ startMs, endMs }) => ({ startMs, endMs }));
  return { kept: invertRanges([{ startMs: 0, endMs: range.startMs }, ...gone], range.endMs), removed };
}

/**
 * Whether each word has a time of its own. Words of captions that time whole lines have a confidence of 0.5 and stand wherever
 * they fall: of them, speech without a word is no filler.
 */
function areTimed(words: readonly Word[]): boolean {
  return words.filter((word) => word.confidence === 0.5).length * 2 < words.length;
}

/** What the ear can tell of a range, in dB relative to full scale. */
type Levels = {
  /** From here on a sound in a pause is something to hear. */
  readonly audibleDbfs: number;
  /** What is softer than this is no part of speech, wherever it lies. */
  readonly inaudibleDbfs: number;
  /** Whether speech stands so little out of the room that a detector loses its soft ends. */
  readonly isNoisy: boolean;
};

function measureLevels(
  sound: Envelope,
  speech: readonly TimeRange[],
  range: TimeRange,
  rules: Rules,
): Levels | undefined {
  const around = { startMs: Math.max(0, range.startMs - roomMs), endMs: range.endMs + roomMs };
  const spoken = mergeRanges(speech.filter((stretch) => overlapMs(stretch, around) > 0));
  const speechDbfs = levelAt(sound, spoken, 0.6);
  const roomDbfs = levelAt(sound, invertWithin(around, spoken), 0.3) ?? -100;
  if (speechDbfs === undefined) return undefined;
  return {
    audibleDbfs: Math.max(roomDbfs + standsOutDb, speechDbfs - rules.audibleBelowSpeechDb),
    inaudibleDbfs: speechDbfs - inaudibleBelowSpeechDb,
    isNoisy: speechDbfs - roomDbfs < noisyDb,
  };
}

/** Where speech hardly stands out of the room, less is cut and further from it. */
function beCareful(rules: Rules): Rules {
  return {
    ...rules,
    pauseMs: Math.max(900, rules.pauseMs),
    breathMs: 500,
    sentenceBreathMs: 500,
    beforeMs: 120,
    afterMs: 200,
    cutsAtDips: false,
  };
}

/** Whether a word is said in a range: its middle lies there. */
function liesIn(range: TimeRange, word: TimeRange): boolean {
  const middleMs = (word.startMs + word.endMs) / 2;
  return middleMs >= range.startMs && middleMs < range.endMs;
}

/** Stretches of speech and words: those that stay, and those that go. */
type Parted = {
  readonly words: readonly Word[];
  readonly speech: readonly TimeRange[];
  readonly going: readonly (TimeRange & { readonly kind: LooseWords['kind'] })[];
};

/** Tells what goes: loose words, and brief speech without words, each a stretch of its own with nothing else in it. */
function partSpeech(
  speech: readonly TimeRange[],
  words: readonly Word[],
  loose: readonly LooseWords[],
  rules: Rules,
  sound: Envelope | undefined,
): Parted {
  const looseOf = new Map<Word, LooseWords>();
  for (const run of loose) for (const word of words.slice(run.from, run.to)) looseOf.set(word, run);
  const stretches =
    rules.cutsAtDips && sound !== undefined ? splitAtDips(speech, words, looseOf, sound) : speech;
  const isIn = (word: Word, stretch: TimeRange) =>
    overlapMs(word, stretch) > Math.min(sharedMs, durationMs(word) / 2);

  // What is said in a breath with words that stay cannot go, and words of one run go together or not at all.
  const staying = new Set<LooseWords>();
  for (;;) {
    const before = staying.size;
    for (const [word, run] of looseOf) {
      const homes = stretches.filter((stretch) => isIn(word, stretch));
      const isShared = homes.some((stretch) =>
        words.some((other) => isIn(other, stretch) && !goes(other, looseOf, staying)),
      );
      if (homes.length === 0 || isShared) staying.add(run);
    }
    if (staying.size === before) break;
  }
  const kept = words.filter((word) => !goes(word, looseOf, staying));
  const going: (TimeRange & { kind: LooseWords['kind'] })[] = [];
  const stays: TimeRange[] = [];
  for (const stretch of stretches) {
    const inside = words.filter((word) => isIn(word, stretch));
    const near = { startMs: stretch.startMs - rules.beforeMs, endMs: stretch.endMs + rules.afterMs };
    if (inside.some((word) => kept.includes(word))) stays.push(stretch);
    else if (inside.length > 0) going.push({ ...stretch, kind: looseOf.get(inside[0]!)?.kind ?? 'filler' });
    else if (durationMs(stretch) > rules.maxFillerMs || kept.some((word) => overlapMs(word, near) > 0))
      stays.push(stretch);
    else going.push({ ...stretch, kind: 'filler' });
  }
  return { words: kept, speech: stays, going };
}

function goes(word: Word, looseOf: ReadonlyMap<Word, LooseWords>, staying: ReadonlySet<LooseWords>): boolean {
  const run = looseOf.get(word);
  return run !== undefined && !staying.has(run);
}

/** Parts speech between a loose word and its neighbours where the level dips between them. */
function splitAtDips(
  speech: readonly TimeRange[],
  words: readonly Word[],
  looseOf: ReadonlyMap<Word, LooseWords>,
  sound: Envelope,
): TimeRange[] {
  const dips: number[] = [];
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    if (next === undefined || (looseOf.get(word) ?? word) === (looseOf.get(next) ?? next)) continue;
    if (!looseOf.has(word) && !looseOf.has(next)) continue;
    const middles = [word, next].map((side) => (side.startMs + side.endMs) / 2);
    const dip = quietestWindow(sound, { startMs: middles[0]!, endMs: middles[1]! });
    const level = Math.min(
      loudestDbfs(sound, word.startMs, word.endMs),
      loudestDbfs(sound, next.startMs, next.endMs),
    );
    if (dip !== undefined && dip.levelDbfs <= level - dipDb) dips.push(dip.atMs);
  }
  return speech.flatMap((stretch) => {
    const inside = dips.filter((ms) => ms > stretch.startMs && ms < stretch.endMs);
    const bounds = [stretch.startMs, ...inside, stretch.endMs];
    return bounds.slice(1).map((endMs, index) => ({ startMs: bounds[index]!, endMs }));
  });
}

/** Everything that must stay: speech and words with their margins, what goes on from them softly, and what is loud. */
function protect(
  { words, speech, going }: Parted,
  rules: Rules,
  range: TimeRange,
  sound: Envelope | undefined,
  levels: Levels | undefined,
): TimeRange[] {
  const bounds = [
    { startMs: range.startMs, endMs: Math.min(range.endMs, words[0]?.startMs ?? range.endMs) },
    { startMs: Math.max(range.startMs, words.at(-1)?.endMs ?? range.startMs), endMs: range.endMs },
  ];
  const sure = mergeRanges(
    [...bounds, ...words, ...speech].map(({ startMs, endMs }) => ({ startMs, endMs })),
  );
  const ranges = sure.map(({ startMs, endMs }) => ({
    // No margin reaches into what goes: a quarter of an "um" is worse than all of it.
    startMs: Math.max(
      range.startMs,
      startMs - rules.beforeMs,
      ...going.filter((stretch) => stretch.endMs <= startMs).map((stretch) => stretch.endMs),
    ),
    endMs: Math.min(
      range.endMs,
      endMs + rules.afterMs,
      ...going.filter((stretch) => stretch.startMs >= endMs).map((stretch) => stretch.startMs),
    ),
  }));
  if (sound === undefined || levels === undefined) return mergeRanges(ranges);
  for (const gap of invertRanges(mergeRanges(ranges), range.endMs)) {
    const goingHere = going.filter((stretch) => overlapMs(stretch, gap) > 0);
    const quiet = goingHere.length === 0 ? [gap] : invertWithin(gap, goingHere);
    const noiseDbfs = levelAt(sound, quiet, 0.2) ?? -100;
    for (const part of quiet) {
      for (const heard of mergeRanges(loudParts(sound, part, levels.audibleDbfs), audibleGapMs)) {
        ranges.push({
          startMs: Math.max(part.startMs, heard.startMs - aroundAudibleMs),
          endMs: Math.min(part.endMs, heard.endMs + aroundAudibleMs),
        });
      }
      const after = { startMs: part.startMs, endMs: Math.min(part.endMs, part.startMs + decayMs) };
      const before = { startMs: Math.max(part.startMs, part.endMs - decayMs), endMs: part.endMs };
      const limit = Math.max(noiseDbfs + aboveNoiseDb, levels.inaudibleDbfs);
      if (part.startMs === gap.startMs) {
        const loud = loudParts(sound, after, limit)[0];
        if (loud?.startMs === after.startMs) ranges.push(loud);
      }
      if (part.endMs === gap.endMs) {
        const loud = loudParts(sound, before, limit).at(-1);
        if (loud?.endMs === before.endMs) ranges.push(loud);
      }
    }
  }
  return mergeRanges(ranges);
}

function invertWithin(range: TimeRange, holes: readonly TimeRange[]): TimeRange[] {
  return invertRanges([{ startMs: 0, endMs: range.startMs }, ...holes], range.endMs);
}

/** The cut in a gap between what must stay, if there is one. */
function cutGap(
  gap: TimeRange,
  { words, speech, going }: Parted,
  rules: Rules,
  sound: Envelope | undefined,
): (TimeRange & { kind: RemovedStretch['kind'] })[] {
  const said = [...words, ...speech];
  // The pause as a listener has it: from the last sound before the gap to the first one after it.
  const fromMs = Math.max(...said.filter((one) => one.endMs <= gap.startMs).map((one) => one.endMs));
  const toMs = Math.min(...said.filter((one) => one.startMs >= gap.endMs).map((one) => one.startMs));
  const startMs = gap.startMs - fromMs > decayMs + rules.afterMs ? gap.startMs : fromMs;
  const endMs = toMs - gap.endMs > decayMs + rules.beforeMs ? gap.endMs : toMs;
  const inside = going.filter((stretch) => overlapMs(stretch, gap) > 0);
  const goingMs = inside.reduce((sum, stretch) => sum + overlapMs(stretch, gap), 0);
  if (inside.length === 0 && endMs - startMs < rules.pauseMs) return [];
  const lastWord = words.findLast((word) => word.startMs < gap.startMs);
  const isSentenceEnd = lastWord !== undefined && /[.!?…]["'”’)\]]*$/u.test(lastWord.text);
  const breathMs = isSentenceEnd ? rules.sentenceBreathMs : rules.breathMs;
  // What a filler leaves is no longer than the pauses around it were.
  const wantedMs = Math.min(breathMs, endMs - startMs - goingMs);
  const cutMs = Math.min(durationMs(gap), endMs - startMs - wantedMs);
  if (cutMs < minRemovedMs) return [];
  const first = inside[0];
  const place = placeCut(gap, cutMs, first === undefined ? undefined : spanOf(inside), sound);
  if (place === undefined) return [];
  const kind = inside.find((stretch) => stretch.kind === 'false-start')?.kind ?? first?.kind ?? 'silence';
  return [{ ...place, kind }];
}

function spanOf(ranges: readonly TimeRange[]): TimeRange {
  return { startMs: ranges[0]?.startMs ?? 0, endMs: ranges.at(-1)?.endMs ?? 0 };
}

/** Steps in which places for a cut are tried, in ms. */
const stepMs = 10;

/**
 * Where in a gap a cut of some length goes: over all that must go, where both its ends are quiet and alike, and rather with
 * more air before the next word than after the last, since that is where breath is taken.
 */
function placeCut(
  gap: TimeRange,
  cutMs: number,
  mustGo: TimeRange | undefined,
  sound: Envelope | undefined,
): TimeRange | undefined {
  const goFromMs = Math.max(gap.startMs, mustGo?.startMs ?? gap.endMs);
  const goToMs = Math.min(gap.endMs, mustGo?.endMs ?? gap.startMs);
  const length = Math.max(cutMs, goToMs - goFromMs);
  const slackMs = durationMs(gap) - length;
  if (slackMs < 0) return undefined;
  let best: { startMs: number; cost: number } | undefined;
  for (let offset = 0; offset <= slackMs; offset += stepMs) {
    const startMs = gap.startMs + offset;
    const endMs = startMs + length;
    if (mustGo !== undefined && (startMs > goFromMs || endMs < goToMs)) continue;
    const [left, right] = sound === undefined ? [0, 0] : [levelAtMs(sound, startMs), levelAtMs(sound, endMs)];
    const lean = Math.abs(offset - slackMs * 0.4) / Math.max(1, slackMs);
    const cost = Math.max(left, right) + 0.5 * Math.abs(left - right) + 6 * lean;
    if (best === undefined || cost < best.cost) best = { startMs, cost };
  }
  if (best === undefined) return undefined;
  return { startMs: Math.round(best.startMs), endMs: Math.round(best.startMs + length) };
}

function levelAtMs({ envelopeDbfs, envelopeWindowMs }: Envelope, ms: number): number {
  return envelopeDbfs[Math.floor(ms / envelopeWindowMs)] ?? -100;
}
