import type { Moment } from '../../domain/moment.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Transcript } from '../../domain/transcript.ts';
import type { Occurrence } from './find-words.ts';

/** What is kept before and after the words of an occurrence, where nobody speaks, in ms: recognisers end words early. */
const leadMs = 100;
const tailMs = 180;

/** Occurrences of one source that lie closer together, in ms, are one cut: there is no jump worth making. */
const togetherMs = 300;

/**
 * The cuts of a supercut: each occurrence with a little of the air around it and never a part of a neighbouring word;
 * occurrences that touch become one. As moments of the transcript, in order. Pure.
 */
export function cutOccurrences(occurrences: readonly Occurrence[], transcript: Transcript): Moment[] {
  const { words } = transcript;
  const cuts: { wordStart: number; wordEnd: number; range: TimeRange; text: string }[] = [];
  for (const { wordStart, wordEnd, startMs, endMs, text } of occurrences) {
    const previousEndMs = words
      .slice(Math.max(0, wordStart - 8), wordStart)
      .reduce((latest, word) => Math.max(latest, word.endMs), 0);
    const nextStartMs = words[wordEnd]?.startMs ?? Math.max(transcript.durationMs, endMs);
    const range = {
      startMs: Math.max(Math.min(previousEndMs, startMs), startMs - leadMs),
      endMs: Math.min(Math.max(nextStartMs, endMs), endMs + tailMs),
    };
    const last = cuts.at(-1);
    if (last !== undefined && range.startMs - last.range.endMs < togetherMs) {
      last.range = { startMs: last.range.startMs, endMs: Math.max(last.range.endMs, range.endMs) };
      last.wordEnd = wordEnd;
      last.text = `${last.text} … ${text}`;
    } else cuts.push({ wordStart, wordEnd, range, text });
  }
  return cuts.map(({ wordStart, wordEnd, range: { startMs, endMs }, text }): Moment => {
    const sentenceStart = transcript.sentences.findIndex((sentence) => sentence.wordEnd > wordStart);
    const sentenceEnd = transcript.sentences.findLastIndex((sentence) => sentence.wordStart < wordEnd) + 1;
    return {
      startMs,
      endMs,
      score: 1,
      reasons: [{ feature: 'asked-for', value: 1, contribution: 0, text: 'Matches the pattern' }],
      sentenceStart: Math.max(0, sentenceStart),
      sentenceEnd: Math.max(0, sentenceEnd),
      text,
      title: text,
      chosenBy: 'you',
    };
  });
}
