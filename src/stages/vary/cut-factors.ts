import { contentRange, contentRangeMs, type ContentRange } from '../../domain/content-range.ts';
import { msToNearestFrame } from '../../domain/time.ts';
import type { CueWord, Timeline } from '../../domain/timeline.ts';
import * as lexicon from '../shortlist/lexicon.ts';
import { looseReference } from '../shortlist/alone.ts';
import { asks } from '../shortlist/opening.ts';
import { contentShare, straighten } from '../shortlist/signals.ts';
import { joinWords } from '../../domain/caption-join.ts';
import { lengthOf, wordsOf } from './play-ranges.ts';

/** What of a clip is played: its strongest line first, without a passage in the middle, without its pauses. Pure. */

/** A sentence of a clip's captions: what is said, and when, in ms of the timeline. */
export type Sentence = {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly words: readonly CueWord[];
};

/** The cuts that a clip can have. Undefined where its words do not give one. */
export type Cuts = {
  /** The line that is heard first, and then again where it stands. */
  readonly hook: { readonly range: ContentRange; readonly text: string } | undefined;
  /** What is left out of a shorter version. */
  readonly passage: { readonly range: ContentRange; readonly text: string } | undefined;
  /** Pauses that a brisk version leaves out, in order. */
  readonly pauses: readonly ContentRange[];
};

/** A line that is heard first takes so long, in ms: one is taken in at a glance, and the clip begins before anybody waits for it. */
const hookMs = { min: 1200, max: 6000 };

/** What is said so early is the opening already, as a share of the clip. */
const openingShare = 0.25;

/** Without punctuation a sentence ends at a pause this long, in ms. */
const sentencePauseMs = 700;

/** How much of a clip a shorter version keeps, and what is aimed at. */
const keptShare = { min: 0.5, max: 0.8, wanted: 0.66 };

/** A pause is cut when it lasts longer, but for so much of it after a word and before the next. Longer ones mean something. In ms. */
const pauseMs = { min: 380, max: 2500, after: 150, before: 80 };

/** A version is brisk when at least so much of the clip is gone. */
const leastBriskShare = 0.04;

/** The cuts of a clip by its words. */
export function findCuts(timeline: Timeline): Cuts {
  const sentences = listSentences(timeline);
  return {
    hook: findHook(timeline, sentences),
    passage: findPassage(timeline, sentences),
    pauses: findPauses(timeline),
  };
}

/** What a version plays, of the content, in order. */
export function rangesFor(
  timeline: Timeline,
  cuts: Cuts,
  wish: { readonly isHookFirst: boolean; readonly isShort: boolean; readonly isBrisk: boolean },
): ContentRange[] {
  const removed = [
    ...(wish.isShort && cuts.passage !== undefined ? [cuts.passage.range] : []),
    ...(wish.isBrisk ? cuts.pauses : []),
  ];
  const body = subtract([contentRange(timeline)], removed);
  const hook = wish.isHookFirst && cuts.hook !== undefined ? [cuts.hook.range] : [];
  return [...subtract(hook, wish.isBrisk ? cuts.pauses : []), ...body];
}

/** Ranges without others. */
function subtract(ranges: readonly ContentRange[], removed: readonly ContentRange[]): ContentRange[] {
  let left = [...ranges];
  for (const { startFrame, endFrame } of removed) {
    left = left.flatMap((range) => [
      {
        startFrame: range.startFrame,
        endFrame: Math.min(range.endFrame, Math.max(range.startFrame, startFrame)),
      },
      {
        startFrame: Math.max(range.startFrame, Math.min(range.endFrame, endFrame)),
        endFrame: range.endFrame,
      },
    ]);
    left = left.filter((range) => range.endFrame > range.startFrame);
  }
  return left;
}

/** The sentences of a clip's captions, in order. */
export function listSentences(timeline: Timeline): Sentence[] {
  const { startMs, endMs } = contentRangeMs(timeline);
  const words = wordsOf(timeline)
    .map(({ word }) => word)
    .filter((word) => word.startMs >= startMs && word.endMs <= endMs);
  const sentences: Sentence[] = [];
  let own: CueWord[] = [];
  for (const [index, word] of words.entries()) {
    own.push(word);
    const next = words[index + 1];
    const isOver =
      next === undefined ||
      /[.!?…。！？]["'”’)\]]*$/u.test(word.text) ||
      next.startMs - word.endMs >= sentencePauseMs ||
      next.speaker !== word.speaker;
    if (!isOver) continue;
    const text = joinWords(own.map((each) => each.text));
    sentences.push({ text, startMs: own[0]?.startMs ?? 0, endMs: word.endMs, words: own });
    own = [];
  }
  return sentences;
}

/** How much a line makes one want to hear more: what it asks, promises or claims, and that it stands alone. */
export function lineStrength(text: string): number {
  const plain = straighten(text);
  const devices = [
    lexicon.curiosity,
    lexicon.stakes,
    lexicon.openingContrast,
    lexicon.claim,
    lexicon.numberWords,
  ];
  let strength = contentShare({ text });
  for (const device of devices) if (device.test(plain)) strength += 0.35;
  if (/\d/u.test(plain)) strength += 0.2;
  if (asks(text, text)) strength += 0.6;
  if (lexicon.address.test(plain)) strength += 0.2;
  if (lexicon.housekeeping.test(plain)) strength -= 2;
  if (lexicon.backReference.test(plain)) strength -= 0.5;
  if (text.split(/\s+/u).length < 4) strength -= 0.6;
  return strength - looseReference(text);
}

function findHook(timeline: Timeline, sentences: readonly Sentence[]): Cuts['hook'] {
  const { startMs, endMs } = contentRangeMs(timeline);
  const earliestMs = startMs + (endMs - startMs) * openingShare;
  const candidates = sentences.filter((sentence) => {
    const lengthMs = sentence.endMs - sentence.startMs;
    const fits = sentence.startMs >= earliestMs && lengthMs >= hookMs.min && lengthMs <= hookMs.max;
    return fits && !beginsTwice(sentence);
  });
  const best = candidates.reduce<Sentence | undefined>(
    (chosen, each) =>
      chosen === undefined || lineStrength(each.text) > lineStrength(chosen.text) ? each : chosen,
    undefined,
  );
  if (best === undefined) return undefined;
  return {
    text: best.text,
    range: rangeOf(timeline, sentences, sentences.indexOf(best), sentences.indexOf(best)),
  };
}

/** Whether a sentence begins with the same word twice: "I, I mean" is no opening. */
function beginsTwice({ words }: Sentence): boolean {
  const [first, second] = words.map(({ text }) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ''));
  return first === second;
}

/** Frames of sentences `first` to `last` (inclusive), with half of the pauses around them, at most a little. */
function rangeOf(
  timeline: Timeline,
  sentences: readonly Sentence[],
  first: number,
  last: number,
): ContentRange {
  const content = contentRangeMs(timeline);
  const [from, to] = [sentences[first], sentences[last]];
  if (from === undefined || to === undefined) throw new Error('No such sentence.');
  const before = sentences[first - 1]?.endMs ?? content.startMs;
  const after = sentences[last + 1]?.startMs ?? content.endMs;
  const startMs = Math.max((before + from.startMs) / 2, from.startMs - 120);
  const endMs = Math.min((to.endMs + after) / 2, to.endMs + 250);
  return {
    startFrame: msToNearestFrame(Math.max(startMs, content.startMs), timeline.frameRate),
    endFrame: msToNearestFrame(Math.min(endMs, content.endMs), timeline.frameRate),
  };
}

/** One passage of whole sentences between the first and the last one: the weakest after which the rest still makes sense. */
function findPassage(timeline: Timeline, sentences: readonly Sentence[]): Cuts['passage'] {
  const content = contentRange(timeline);
  const frames = content.endFrame - content.startFrame;
  let best: { first: number; last: number; range: ContentRange; worth: number } | undefined;
  for (let first = 1; first < sentences.length - 1; first++) {
    for (let last = first; last < sentences.length - 1; last++) {
      const next = sentences[last + 1];
      const [from, to] = [sentences[first], sentences[last]];
      if (next === undefined || from === undefined || to === undefined) continue;
      // From the middle of the pause before it to that of the pause after it, so that one of them stays.
      const startMs = ((sentences[first - 1]?.endMs ?? from.startMs) + from.startMs) / 2;
      const range = {
        startFrame: msToNearestFrame(startMs, timeline.frameRate),
        endFrame: msToNearestFrame((to.endMs + next.startMs) / 2, timeline.frameRate),
      };
      const kept = 1 - lengthOf([range]) / frames;
      if (kept < keptShare.min || kept > keptShare.max) continue;
      const own = sentences.slice(first, last + 1);
      const strength = own.reduce((sum, { text }) => sum + lineStrength(text), 0) / own.length;
      const worth = -strength - 1.5 * looseReference(next.text) - 4 * Math.abs(kept - keptShare.wanted);
      if (best === undefined || worth > best.worth) best = { first, last, range, worth };
    }
  }
  if (best === undefined) return undefined;
  const text = sentences
    .slice(best.first, best.last + 1)
    .map((sentence) => sentence.text)
    .join(' ');
  return { range: best.range, text };
}

/** The pauses, when enough of the clip is gone without them. */
function findPauses(timeline: Timeline): ContentRange[] {
  const { frameRate } = timeline;
  const content = contentRange(timeline);
  const words = wordsOf(timeline).map(({ word }) => word);
  const pauses = words.flatMap((word, index): ContentRange[] => {
    const next = words[index + 1];
    if (next === undefined) return [];
    const gapMs = next.startMs - word.endMs;
    if (gapMs < pauseMs.min || gapMs > pauseMs.max) return [];
    const startFrame = msToNearestFrame(word.endMs + pauseMs.after, frameRate);
    const endFrame = msToNearestFrame(next.startMs - pauseMs.before, frameRate);
    const isInside = startFrame >= content.startFrame && endFrame <= content.endFrame;
    return isInside && endFrame > startFrame ? [{ startFrame, endFrame }] : [];
  });
  return lengthOf(pauses) >= leastBriskShare * (content.endFrame - content.startFrame) ? pauses : [];
}
