import { describe, expect, it } from 'vitest';
import type { AudioPiece, Transcriber } from '../../ports/transcriber.ts';
import { groupSentences, type Word } from '../../domain/transcript.ts';
import { createPieceCutter, pieceRules, type PieceRange } from './cut-pieces.ts';
import { addWords, findMissed } from './hear-again.ts';
import { findFillers } from './find-fillers.ts';
import { keepInside, putInOrder } from './finish-transcript.ts';
import { chooseLanguage, looksForeign, primaryLanguage } from './language.ts';
import { createLevelMeter } from './level-meter.ts';
import { chooseBatch, createPieceQueue } from './piece-queue.ts';
import { createSampleBuffer } from './sample-buffer.ts';
import { findSpeech } from './speech-segments.ts';

const windowMs = 32;

/** Windows of speech and silence in turn: `[ms of speech, ms of silence, …]`, to the nearest window. */
function alternate(...lengthsMs: number[]): number[] {
  return lengthsMs.flatMap((ms, index) =>
    Array.from({ length: Math.round(ms / windowMs) }, () => (index % 2 === 0 ? 0.95 : 0.02)),
  );
}

function cut(probabilities: readonly number[], level: (window: number) => number = () => -20) {
  const endMs = Math.round(probabilities.length * windowMs);
  const cutter = createPieceCutter(windowMs, 0, endMs);
  const pieces: PieceRange[] = [];
  let keptMs = 0;
  for (const [window, probability] of probabilities.entries()) {
    pieces.push(...cutter.push({ probability, levelDbfs: level(window) }));
    keptMs = Math.max(keptMs, (window + 1) * windowMs - cutter.neededFromMs);
  }
  pieces.push(...cutter.finish());
  return { pieces, speech: cutter.speech, keptMs, endMs };
}

describe('findSpeech', () => {
  it('finds stretches of speech, padded, parted by silences of 100 ms or more', () => {
    expect(findSpeech(alternate(320, 64, 320, 160, 640), windowMs)).toEqual([
      { startMs: 0, endMs: 734 },
      { startMs: 834, endMs: 1504 + 30 },
    ]);
  });

  it('keeps on while speech is merely doubtful, and begins only when it is likely', () => {
    const doubtful = Array.from({ length: 10 }, () => 0.4);
    expect(findSpeech([...doubtful, ...alternate(320), ...doubtful], windowMs)).toEqual([
      { startMs: 290, endMs: 990 },
    ]);
  });

  it('takes a blip for no speech', () => {
    expect(findSpeech([0, 0, 0.9, 0.9, 0, 0, 0, 0, 0], windowMs)).toEqual([]);
  });

  it('places a part of a source at its time', () => {
    expect(findSpeech(alternate(0, 320, 320, 320), windowMs, 60_000)).toEqual([
      { startMs: 60_290, endMs: 60_670 },
    ]);
  });
});

describe('createPieceCutter', () => {
  it('cuts at the longest silence between 10 and 28 s', () => {
    const { pieces } = cut(alternate(5000, 700, 7000, 300, 5000, 600, 4000, 200, 12_000));
    expect(pieces).toHaveLength(2);
    expect(pieces[0]?.endMs).toBeGreaterThan(5000 + 700 + 7000 + 300 + 5000);
    expect(pieces[0]?.endMs).toBeLessThan(5000 + 700 + 7000 + 300 + 5000 + 600);
    expect(pieces.map((piece) => piece.endsInSpeech)).toEqual([false, false]);
  });

  it('takes a silence before 10 s rather than cut in speech', () => {
    const { pieces } = cut(alternate(4000, 300, 27_000));
    expect(pieces).toHaveLength(2);
    expect(pieces[0]?.endMs).toBeGreaterThan(3990);
    expect(pieces[0]?.endMs).toBeLessThan(4300);
  });

  it('cuts speech without any silence where it is quietest, and loses nothing', () => {
    const { pieces, endMs } = cut(alternate(70_000), (window) => (window === 600 ? -45 : -20));
    expect(pieces[0]).toMatchObject({ startMs: 0, endsInSpeech: true });
    expect(pieces[0]?.endMs).toBe(Math.round(600.5 * windowMs));
    for (const [index, piece] of pieces.entries()) {
      expect(piece.startMs).toBe(pieces[index - 1]?.endMs ?? 0);
      expect(piece.endMs - piece.startMs).toBeLessThanOrEqual(pieceRules.maxMs + windowMs);
    }
    expect(pieces.at(-1)?.endMs).toBe(endMs);
  });

  it('leaves long silences out, and keeps a margin around speech', () => {
    const { pieces } = cut(alternate(0, 5000, 3000, 20_000, 4000, 5000));
    expect(pieces).toHaveLength(2);
    expect(pieces[0]?.startMs).toBeGreaterThan(4700);
    expect(pieces[0]?.endMs).toBeLessThan(8400);
    expect(pieces[1]?.startMs).toBeGreaterThan(27_700);
  });

  it('covers all speech once, whatever its rhythm, and keeps little sound back', () => {
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const lengths = Array.from({ length: 400 }, (_, index) =>
      index % 2 === 0 ? 100 + random() * 9000 : 50 + random() ** 4 * 4000,
    );
    const { pieces, speech, keptMs } = cut(alternate(...lengths));
    for (const [index, piece] of pieces.entries()) {
      expect(piece.startMs).toBeGreaterThanOrEqual(pieces[index - 1]?.endMs ?? 0);
      expect(piece.endMs).toBeGreaterThan(piece.startMs);
    }
    for (const segment of speech) {
      const inside = pieces.reduce(
        (sum, piece) =>
          sum + Math.max(0, Math.min(piece.endMs, segment.endMs) - Math.max(piece.startMs, segment.startMs)),
        0,
      );
      expect(Math.abs(inside - (segment.endMs - segment.startMs))).toBeLessThanOrEqual(2);
    }
    expect(keptMs).toBeLessThan(pieceRules.maxMs + 2000);
  });
});

describe('createSampleBuffer', () => {
  it('gives what was put in across blocks, and only what is still kept', () => {
    const buffer = createSampleBuffer();
    buffer.push(Float32Array.of(0, 1, 2));
    buffer.push(Float32Array.of(3, 4));
    buffer.push(Float32Array.of(5, 6, 7));
    expect(buffer.slice(2, 6)).toEqual(Float32Array.of(2, 3, 4, 5));
    buffer.dropBefore(4);
    expect(buffer.slice(3, 99)).toEqual(Float32Array.of(3, 4, 5, 6, 7));
    expect(buffer.end).toBe(8);
  });
});

describe('createLevelMeter', () => {
  it('gives a level a window, whatever the blocks', () => {
    const meter = createLevelMeter(4);
    expect(meter.push(Float32Array.of(1, 1, 1))).toEqual([]);
    expect(meter.push(Float32Array.of(1, 0, 0, 0, 0, 0.1))).toEqual([0, -100]);
    expect(meter.finish()).toEqual([-20]);
    expect(meter.finish()).toEqual([]);
  });
});

describe('chooseBatch', () => {
  it('takes the one that waits longest and those most like it', () => {
    expect(chooseBatch([10, 30, 11, 9, 28], 3)).toEqual([0, 2, 3]);
    expect(chooseBatch([10], 4)).toEqual([0]);
    expect(chooseBatch([], 4)).toEqual([]);
  });
});

describe('createPieceQueue', () => {
  const piece = (startMs: number, length = 10): AudioPiece => ({
    startMs,
    samples: new Float32Array(length),
  });
  const say = (startMs: number): Word => ({ text: `at${startMs}`, startMs, endMs: startMs, confidence: 1 });

  function recordBatches(fail = false) {
    const batches: number[][] = [];
    let running = 0;
    let mostRunning = 0;
    const transcriber: Transcriber = {
      model: 'scripted',
      languages: 'any',
      batchSize: 4,
      concurrency: 2,
      async transcribe(batch) {
        batches.push(batch.map((entry) => entry.startMs));
        mostRunning = Math.max(mostRunning, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        if (fail) throw new Error('It broke.');
        return batch.map((entry) => ({ words: [say(entry.startMs)] }));
      },
      close: () => Promise.resolve(),
    };
    return { transcriber, batches, mostRunning: () => mostRunning };
  }

  it('gives each piece its own words, in full batches while more may come', async () => {
    const { transcriber, batches, mostRunning } = recordBatches();
    const queue = createPieceQueue(transcriber, new AbortController().signal);
    const results = Array.from({ length: 13 }, (_, index) => queue.transcribe(piece(index)));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(batches.map((batch) => batch.length)).toEqual([4, 4]);
    queue.hurry(true);
    const words = (await Promise.all(results)).flatMap((result) => result.words.map((word) => word.text));
    expect(words).toEqual(Array.from({ length: 13 }, (_, index) => `at${index}`));
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 3, 2]);
    expect(mostRunning()).toBe(2);
  });

  it('fails the pieces of a batch that failed', async () => {
    const queue = createPieceQueue(recordBatches(true).transcriber, new AbortController().signal);
    queue.hurry(true);
    await expect(queue.transcribe(piece(0))).rejects.toThrow('It broke.');
  });
});

describe('findFillers', () => {
  const word = (startMs: number, endMs: number): Word => ({ text: 'word', startMs, endMs, confidence: 1 });

  it('marks speech that no word covers, margins aside', () => {
    const speech = [
      { startMs: 0, endMs: 2000 },
      { startMs: 3000, endMs: 3400 },
    ];
    expect(findFillers(speech, [word(100, 600), word(1100, 1900)])).toEqual([
      { startMs: 680, endMs: 1020 },
      { startMs: 3000, endMs: 3400 },
    ]);
  });

  it('marks nothing that is too short for a filler, and nothing in silence', () => {
    expect(findFillers([{ startMs: 0, endMs: 1000 }], [word(0, 400), word(600, 1000)])).toEqual([]);
    expect(findFillers([], [word(0, 400), word(5000, 6000)])).toEqual([]);
  });
});

describe('putInOrder', () => {
  it('mends words that overlap or run past the end', () => {
    const word = (startMs: number, endMs: number): Word => ({ text: 'a', startMs, endMs, confidence: 1 });
    expect(putInOrder([word(0, 500), word(400, 600), word(350, 900), word(1000, 9000)], 2000)).toEqual([
      word(0, 400),
      word(400, 400),
      word(400, 900),
      word(1000, 2000),
    ]);
  });
});

describe('keepInside', () => {
  const words = [0, 400, 800, 1200].map((startMs, index): Word => ({
    text: `w${index}.`,
    startMs,
    endMs: startMs + 300,
    confidence: 1,
  }));
  const given = {
    version: 1 as const,
    language: 'en',
    source: 'captions:a.srt',
    durationMs: 1500,
    words,
    sentences: groupSentences(words),
    speech: [],
    fillers: [],
  };

  it('leaves out what lies behind the end of the recording', () => {
    const kept = keepInside(given, { path: 'a.mp4', durationMs: 1000 });
    expect(kept.words.map((word) => [word.text, word.endMs])).toEqual([
      ['w0.', 300],
      ['w1.', 700],
      ['w2.', 1000],
    ]);
    expect(kept.sentences).toHaveLength(3);
    expect(kept.durationMs).toBe(1000);
    expect(keepInside(given, { path: 'a.mp4', durationMs: 2000 })).toEqual(given);
  });

  it('refuses the transcript of another recording', () => {
    expect(() => keepInside(given, { path: 'a.mp4', durationMs: 300 })).toThrow(
      'The transcript goes on to 1.5 s, and a.mp4 ends at 0.3 s',
    );
  });
});

describe('language', () => {
  const english = { model: 'small', languages: ['en'] } as const;

  it.each([
    ['eng', 'en'],
    ['ger', 'de'],
    ['fr-CA', 'fr'],
    ['und', undefined],
    ['??', undefined],
    [undefined, undefined],
  ])('reads %s as %s', (tag, language) => expect(primaryLanguage(tag)).toBe(language));

  it('lets the user have the last word', () => {
    expect(chooseLanguage({ option: 'en-GB', streamTag: 'deu' }, english)).toBe('en');
    expect(chooseLanguage({ option: undefined, streamTag: undefined }, english)).toBeUndefined();
    expect(chooseLanguage({ option: 'de', streamTag: 'eng' }, { model: 'big', languages: 'any' })).toBe('de');
  });

  it.each([
    [{ option: undefined, streamTag: 'ger' }, 'input.language_unsupported'],
    [{ option: 'es', streamTag: 'eng' }, 'input.language_unsupported'],
    [{ option: 'klingonish!', streamTag: undefined }, 'input.language_unknown'],
  ])('refuses %j', (said, code) => {
    expect(() => chooseLanguage(said, english)).toThrow(expect.objectContaining({ code }));
  });

  const spoken = (text: string, confidence: number) => {
    const words = text.split(' ').map((word, index): Word => ({
      text: word,
      startMs: index * 400,
      endMs: index * 400 + 400,
      confidence,
    }));
    const lengthMs = words.length * 400;
    return { words, lengthMs, speech: [{ startMs: 0, endMs: lengthMs }] };
  };
  const sentence = 'Today we will talk about the history of the railway and what it did to towns and people';
  const longer = `${sentence} while nobody else would have thought that any of them could ever become so large or loud`;

  it.each([
    ['plain English', spoken(longer, 0.9), false],
    ['English with a strong accent', spoken(longer, 0.56), false],
    ['a doubtful word or two', spoken('Guten Tag', 0.1), false],
    ['guesses', spoken(longer, 0.4), true],
    [
      'guesses with strange words',
      spoken(`Tamanovard Disappointa Castover Jimin Tian Laytoo ${longer}`, 0.6),
      true,
    ],
    [
      'the same again and again',
      spoken(Array.from({ length: 6 }, () => 'it is the first time').join(' '), 0.7),
      true,
    ],
    [
      'a chorus, surely heard',
      spoken(Array.from({ length: 6 }, () => 'it is the first time').join(' '), 0.9),
      false,
    ],
    ['nothing in a talk', { words: [], lengthMs: 30_000, speech: [{ startMs: 0, endMs: 25_000 }] }, true],
    ['nothing in music', { words: [], lengthMs: 60_000, speech: [{ startMs: 0, endMs: 8000 }] }, false],
  ])('%s', (_, heard, expected) => expect(looksForeign(heard)).toBe(expected));
});

describe('findMissed', () => {
  const word = (startMs: number, endMs: number, confidence = 0.9): Word => ({
    text: 'word',
    startMs,
    endMs,
    confidence,
  });
  const piece = { startMs: 1000, endMs: 21_000 };
  const speech = [
    { startMs: 1200, endMs: 6000 },
    { startMs: 7500, endMs: 20_800 },
  ];

  it('finds speech that was passed over at the beginning, inside and at the end', () => {
    expect(findMissed(piece, speech, [word(3500, 4000), word(4100, 6000), word(12_000, 12_500)])).toEqual([
      { startMs: 1000, endMs: 3500 },
      { startMs: 6000, endMs: 12_000 },
      { startMs: 12_500, endMs: 21_000 },
    ]);
    expect(findMissed(piece, speech, [word(1200, 6000), word(7500, 19_500)])).toEqual([]);
  });

  it('parts a piece in which nothing was heard at its longest silence', () => {
    expect(findMissed(piece, speech, [])).toEqual([
      { startMs: 1000, endMs: 6200 },
      { startMs: 7300, endMs: 21_000 },
    ]);
    expect(findMissed(piece, [{ startMs: 2000, endMs: 2300 }], [])).toEqual([]);
  });

  it('puts the words of a second hearing in their place, unless they are guesses', () => {
    const first = [word(0, 500), word(9000, 9500)];
    expect(addWords(first, [[word(3000, 3500)], [word(5000, 5500, 0.3)], []])).toEqual([
      word(0, 500),
      word(3000, 3500),
      word(9000, 9500),
    ]);
  });
});
