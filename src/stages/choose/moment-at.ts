import { joinWords } from '../../domain/caption-join.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Moment } from '../../domain/moment.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { createCutFinder } from '../shortlist/cuts.ts';
import { writeTitle } from '../shortlist/title.ts';

/**
 * The moment that a person asked for by time: outwards to whole words, its ends in the pauses around them. A range without
 * words is taken as it is.
 * @throws input.range_invalid when it is empty or begins after the source's end
 */
export function momentAt(range: TimeRange, transcript: Transcript): Moment {
  const { words, sentences } = transcript;
  const durationMs = Math.max(transcript.durationMs, words.at(-1)?.endMs ?? 0);
  const endMs = Math.min(range.endMs, durationMs);
  if (!(range.startMs < endMs)) {
    throw new PatternPivotError(
      'input.range_invalid',
      `From ${range.startMs} to ${range.endMs} ms there is nothing in a source of ${durationMs} ms.`,
      { hint: 'Give a start before the end, inside the source.', context: { ...range, durationMs } },
    );
  }
  const first = words.findIndex((word) => word.endMs > range.startMs && word.startMs < endMs);
  const last = words.findLastIndex((word) => word.startMs < endMs && word.endMs > range.startMs);
  const reason = {
    feature: 'asked-for',
    value: 1,
    contribution: 0,
    text: 'Asked for by its times; nothing was scored',
  };
  const common = { score: 1, reasons: [reason], chosenBy: 'you' };
  if (first === -1 || last === -1) {
    return {
      ...common,
      startMs: range.startMs,
      endMs,
      sentenceStart: 0,
      sentenceEnd: 0,
      text: '',
      title: 'Untitled moment',
    };
  }
  const cuts = createCutFinder({ words, durationMs }, transcript.speech);
  const sentenceStart = sentences.findIndex((sentence) => sentence.wordEnd > first);
  const sentenceEnd = sentences.findLastIndex((sentence) => sentence.wordStart <= last) + 1;
  const inside = sentences.slice(Math.max(0, sentenceStart), sentenceEnd);
  const pieces = inside.map((sentence) =>
    joinWords(
      words
        .slice(Math.max(first, sentence.wordStart), Math.min(last + 1, sentence.wordEnd))
        .map((word) => word.text),
    ),
  );
  return {
    ...common,
    // What was asked for is kept even where no word is: a laugh before the first word, say.
    startMs: Math.min(range.startMs, cuts.before(first).atMs),
    endMs: Math.max(endMs, cuts.after(last).atMs),
    sentenceStart: Math.max(0, sentenceStart),
    sentenceEnd,
    text: joinWords(words.slice(first, last + 1).map((word) => word.text)),
    title: writeTitle(pieces),
  };
}
