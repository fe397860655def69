import { describe, expect, it } from 'vitest';
import { parseCaptionFile } from '../../domain/caption-files.ts';
import type { Word } from '../../domain/transcript.ts';
import { assertWordsInOrder } from '../../domain/transcript.ts';
import { alignCaptions, hasGuessedTimes } from './align-captions.ts';

const heardWord = (text: string, startMs: number, endMs = startMs + 200): Word => ({
  text,
  startMs,
  endMs,
  confidence: 0.8,
});

const captions = (...cues: readonly (readonly [number, number, string])[]) => {
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 23);
  const text = cues
    .map(([startMs, endMs, line]) => `${time(startMs)} --> ${time(endMs)}\n${line}\n`)
    .join('\n');
  return parseCaptionFile(`WEBVTT\n\n${text}`, 'talk.vtt');
};

const times = (transcript: { words: readonly Word[] }) =>
  transcript.words.map(({ text, startMs, confidence }) => [text, startMs, confidence]);

describe('alignCaptions', () => {
  it('gives each word the time at which it was heard, and leaves the text as a person wrote it', () => {
    const given = captions(
      [1000, 4000, 'Grace Hopper, at last, spoke.'],
      [4000, 6000, 'It took 25 minutes.'],
    );
    const heard = ['grace', 'hopper', 'at', 'last', 'spoke', 'it', 'took', 'twentyfive', 'minutes'];
    const words = heard.map((text, index) => heardWord(text, 1800 + index * 450));
    const { transcript, heardShare } = alignCaptions(given, { words, speech: [] });
    expect(heardShare).toBe(1);
    expect(times(transcript)).toEqual(
      ['Grace', 'Hopper,', 'at', 'last,', 'spoke.', 'It', 'took', '25', 'minutes.'].map((text, index) => [
        text,
        1800 + index * 450,
        0.9,
      ]),
    );
    expect(transcript.sentences.map(({ text }) => text)).toEqual([
      'Grace Hopper, at last, spoke.',
      'It took 25 minutes.',
    ]);
  });

  it('puts what nobody heard between its neighbours, and knows that this is a guess', () => {
    const given = captions([0, 4000, 'We met Kowalczyk in Warsaw']);
    const words = [
      heardWord('we', 500),
      heardWord('met', 800),
      heardWord('in', 2400),
      heardWord('warsaw', 2600),
    ];
    const speech = [
      { startMs: 480, endMs: 1100 },
      { startMs: 1500, endMs: 2900 },
    ];
    const { transcript } = alignCaptions(given, { words, speech });
    const [, , name] = transcript.words;
    expect(name).toMatchObject({ text: 'Kowalczyk', confidence: 0.5 });
    expect(name!.startMs).toBeGreaterThanOrEqual(1000);
    expect(name!.endMs).toBeLessThanOrEqual(2400);
    expect(transcript.words.map(({ startMs }) => startMs)).toEqual([500, 800, name!.startMs, 2400, 2600]);
  });

  it('pairs no word with the same word said elsewhere, nor with what the captions leave out', () => {
    const given = captions([10_000, 12_000, 'yes we can'], [30_000, 32_000, 'yes we can']);
    const phrase = (at: number) =>
      ['yes', 'we', 'can'].map((text, index) => heardWord(text, at + index * 300));
    const noise = ['um', 'yes', 'well', 'you', 'know'].map((text, index) =>
      heardWord(text, 20_000 + index * 300),
    );
    const words = [...phrase(10_500), ...noise, ...phrase(30_500)];
    const { transcript, heardShare } = alignCaptions(given, { words, speech: [] });
    expect(heardShare).toBe(1);
    expect(transcript.words.map(({ startMs }) => startMs)).toEqual([
      10_500, 10_800, 11_100, 30_500, 30_800, 31_100,
    ]);
  });

  it('of another recording leaves words in their lines, in order, and says that nothing was heard', () => {
    const given = captions([0, 3000, 'Completely different words'], [3000, 6000, 'are written here today']);
    const words = Array.from({ length: 40 }, (_, index) => heardWord(`zqx${index}`, index * 150));
    const { transcript, heardShare } = alignCaptions(given, {
      words,
      speech: [{ startMs: 200, endMs: 5800 }],
    });
    expect(heardShare).toBe(0);
    assertWordsInOrder(transcript.words);
    expect(transcript.words[3]!.startMs).toBeGreaterThanOrEqual(2500);
    expect(alignCaptions(given, { words: [], speech: [] }).heardShare).toBe(0);
    expect(alignCaptions({ ...given, words: [] }, { words, speech: [] }).transcript.words).toEqual([]);
  });

  it('keeps words in order, whatever is heard, and is done with hours within seconds', () => {
    let seed = 7;
    const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    const vocabulary = Array.from({ length: 400 }, (_, index) => `word${index.toString(36)}`);
    const pick = () => vocabulary[Math.floor(random() * vocabulary.length)]!;
    const said = Array.from({ length: 30_000 }, (_, index) => heardWord(pick(), index * 400));
    const given = captions([0, 1000, 'x']);
    const written = said.map((word) =>
      Object.assign({}, word, {
        startMs: Math.max(0, word.startMs + Math.round(random() * 3000 - 1500)),
        confidence: 0.5,
      }),
    );
    written.sort((a, b) => a.startMs - b.startMs);
    const words = said.map((word) => (random() < 0.15 ? heardWord(pick(), word.startMs) : word));
    const startedAt = performance.now();
    const { transcript } = alignCaptions({ ...given, words: written }, { words, speech: [] });
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    assertWordsInOrder(transcript.words);
  });
});

it('knows files that have times for lines only', () => {
  expect(hasGuessedTimes(captions([0, 2000, 'One two three']))).toBe(true);
  const timed = '<00:00:00.000>One<00:00:00.500> two<00:00:01.000> three';
  expect(hasGuessedTimes(captions([0, 2000, timed]))).toBe(false);
});
