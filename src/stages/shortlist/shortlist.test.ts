import { describe, expect, test } from 'vitest';
import { interestPointSchema, momentSchema } from '../../domain/moment.ts';
import { invertRanges } from '../../domain/time.ts';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { stageKey, type CachedWork, type StageCache, type StageContext } from '../stage.ts';
import { createCutFinder } from './cuts.ts';
import { shortlist, shortlistUnits } from './shortlist.ts';
import { divideIntoUnits } from './units.ts';

const talk = [
  'Welcome back to the channel, thanks for watching, and do not forget to subscribe.',
  'Have you ever missed a train by ten seconds?',
  'I have missed two hundred of them, and last year I found out why.',
  'Every morning I left the house at half past seven, and every morning I was three minutes late.',
  'I bought a faster bicycle, and I was still three minutes late.',
  'Then my daughter, who is six, asked me one question.',
  'Why do you say goodbye four times?',
  'I counted, and she was right.',
  'Most people do not have a problem with time, they have a problem with endings.',
  'And that is why I now say goodbye once, and mean it.',
  'The station has four platforms, and the trains to the north leave from the second one.',
  'There is a machine for the tickets and another machine which is older.',
  'The clock is above the stairs, and below the stairs there is a kiosk.',
  'It sells newspapers, and sometimes it sells umbrellas.',
  'In 1847 the railways of Britain gave every town the same minute.',
  'Before that, noon in Bristol came ten minutes after noon in London.',
  'People were furious, and one judge refused to open his court by railway time.',
  'It turns out that the clock on the wall is younger than the steam engine.',
  'See you next time, and leave a comment below.',
];

/** The talk as words of 280 ms with 20 ms between, sentences 500 ms apart, said `times` times with a number in each. */
function speak(
  sentences: readonly string[],
  { pauseMs = 500, punctuated = true, times = 1, heard = true } = {},
): Transcript {
  const words: Word[] = [];
  const speech: { startMs: number; endMs: number }[] = [];
  let ms = 700;
  for (let time = 0; time < times; time++)
    for (const sentence of sentences) {
      const startMs = ms;
      for (const word of sentence.split(' ')) {
        const text = punctuated ? word : word.toLowerCase().replaceAll(/[.,?!]/gu, '');
        words.push({ text, startMs: ms, endMs: ms + 280, confidence: 1 });
        ms += 300;
      }
      speech.push({ startMs: startMs - 30, endMs: ms + 10 });
      ms += pauseMs;
    }
  return {
    version: 1,
    language: 'en',
    source: 'test',
    durationMs: ms + 300,
    words,
    sentences: groupSentences(words),
    speech: heard ? speech : [],
    fillers: [],
  };
}

/** Embeds by counting letters: no meaning, but the same text gives the same vector. */
function countingEmbedder(): Embedder & { texts: string[] } {
  const texts: string[] = [];
  return {
    model: 'letters',
    dimensions: 26,
    texts,
    async embed(batch) {
      texts.push(...batch);
      return batch.map((text) => {
        const counts = new Float32Array(26).fill(0.1);
        for (const letter of text.toLowerCase()) {
          const index = letter.codePointAt(0)! - 97;
          if (index >= 0 && index < 26) counts[index]! += 1;
        }
        const length = Math.hypot(...counts);
        return counts.map((count) => count / length);
      });
    },
    async close() {},
  };
}

/** A cache that remembers JSON in memory, as the real one does on disk. */
function memoryCache(): StageCache {
  const stored = new Map<string, string>();
  return {
    async remember<T>(work: CachedWork<T>) {
      const key = stageKey(work);
      const text = stored.get(key) ?? JSON.stringify(await work.run());
      stored.set(key, text);
      return work.schema.parse(JSON.parse(text));
    },
    rememberFile: () => Promise.reject(new Error('not used')),
  };
}

const context: StageContext = { signal: new AbortController().signal, report() {} };
const lengths = { minMs: 8000, maxMs: 30_000, targetMs: 15_000 };

function find(transcript: Transcript, options = lengths) {
  return shortlist({ transcript }, options, { embedder: countingEmbedder(), cache: memoryCache() }, context);
}

test('candidates lie on sentence bounds, within the lengths, best first, with reasons and a title', async () => {
  const transcript = speak(talk);
  const { candidates, notes } = await find(transcript);
  expect(candidates.length).toBeGreaterThan(2);
  expect(notes.some((note) => note.startsWith('No moments'))).toBe(false);
  for (const [index, candidate] of candidates.entries()) {
    momentSchema.parse(candidate);
    const sentences = transcript.sentences.slice(candidate.sentenceStart, candidate.sentenceEnd);
    expect(candidate.text).toBe(sentences.map((sentence) => sentence.text).join(' '));
    expect(candidate.startMs).toBeLessThanOrEqual(sentences[0]!.startMs);
    expect(candidate.endMs).toBeGreaterThanOrEqual(sentences.at(-1)!.endMs);
    expect(candidate.endMs - candidate.startMs).toBeGreaterThanOrEqual(lengths.minMs);
    expect(candidate.endMs - candidate.startMs).toBeLessThanOrEqual(lengths.maxMs);
    expect(candidate.score).toBeLessThanOrEqual(candidates[index - 1]?.score ?? 1);
    expect(candidate.reasons.length).toBeGreaterThan(3);
    expect(candidate.title.length).toBeGreaterThan(3);
    expect(candidate.title.length).toBeLessThanOrEqual(80);
  }
});

test('the best moment is the story with a question and a lesson, or the history, not the plug or the platform', async () => {
  const { candidates } = await find(speak(talk));
  expect(candidates[0]!.text).not.toMatch(/subscribe|comment below|kiosk/u);
  const plug = candidates.find(({ text }) => text.includes('subscribe'));
  expect(plug?.score ?? 0).toBeLessThan(candidates[0]!.score - 0.1);
});

test('cuts lie in pauses that were heard, at most 350 ms before the first word and 450 ms after the last', async () => {
  const transcript = speak(talk);
  const pauses = invertRanges(transcript.speech, transcript.durationMs);
  const { candidates } = await find(transcript);
  for (const { startMs, endMs, sentenceStart, sentenceEnd } of candidates) {
    for (const cutMs of [startMs, endMs])
      expect(pauses.some((pause) => pause.startMs <= cutMs && cutMs <= pause.endMs)).toBe(true);
    expect(transcript.sentences[sentenceStart]!.startMs - startMs).toBeLessThanOrEqual(350);
    expect(endMs - transcript.sentences[sentenceEnd - 1]!.endMs).toBeLessThanOrEqual(450);
  }
});

test('interest covers the whole source without gaps, a value a sentence', async () => {
  const transcript = speak(talk);
  const { interest } = await find(transcript);
  expect(interest[0]!.startMs).toBe(0);
  expect(interest.at(-1)!.endMs).toBe(transcript.durationMs);
  for (const [index, point] of interest.entries()) {
    interestPointSchema.parse(point);
    if (index > 0) expect(point.startMs).toBe(interest[index - 1]!.endMs);
  }
  expect(interest.length).toBeGreaterThanOrEqual(talk.length);
  expect(new Set(interest.map((point) => point.score)).size).toBeGreaterThan(talk.length / 2);
});

test('a long silence has a low value of its own', () => {
  const transcript = speak(talk.slice(0, 4), { pauseMs: 30_000 });
  const { interest } = shortlistUnits(
    { transcript },
    divideIntoUnits(transcript, 30_000),
    undefined,
    lengths,
  );
  const silences = interest.filter((point) => point.endMs - point.startMs > 20_000);
  expect(silences.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...silences.map((point) => point.score))).toBeLessThanOrEqual(0.5);
});

test('captions without punctuation give candidates too, and the notes say what was done', async () => {
  const { candidates, notes } = await find(speak(talk, { punctuated: false, pauseMs: 200 }));
  expect(candidates.length).toBeGreaterThan(2);
  expect(notes.join(' ')).toContain('without punctuation');
});

test('words alone are enough: without sound the notes say what was not judged', async () => {
  const { candidates, notes } = await find(speak(talk, { heard: false }));
  expect(candidates.length).toBeGreaterThan(2);
  expect(notes.join(' ')).toContain('no sound');
});

test('never nothing without a reason', async () => {
  const short = await find(speak(['Too short.']));
  expect(short.candidates).toEqual([]);
  expect(short.notes[0]).toMatch(/lasts .* shortest clip asked for is 8\.0 s/u);
  const silent = await find({ ...speak([]), durationMs: 5000 });
  expect(silent.candidates).toEqual([]);
  expect(silent.notes[0]).toContain('no whole sentence');
  expect(silent.interest).toEqual([{ startMs: 0, endMs: 5000, score: 0 }]);
  const narrow = await find(speak(talk), { minMs: 12_000, maxMs: 12_001, targetMs: 12_000 });
  expect(narrow.candidates.length + narrow.notes.length).toBeGreaterThan(0);
});

test('lengths that contradict each other are refused', async () => {
  await expect(find(speak(talk), { minMs: 9000, maxMs: 5000, targetMs: 7000 })).rejects.toMatchObject({
    code: 'input.length_invalid',
  });
});

test('a short source gives as many clips as fit beside the best ones', () => {
  const transcript = speak(talk);
  const options = { minMs: 8000, maxMs: 30_000, targetMs: 25_000 };
  const { candidates } = shortlistUnits(
    { transcript },
    divideIntoUnits(transcript, 30_000),
    undefined,
    options,
  );
  const apart: typeof candidates = [];
  for (const candidate of candidates)
    if (apart.every((other) => candidate.startMs >= other.endMs || candidate.endMs <= other.startMs))
      apart.push(candidate);
  const sorted = apart.toSorted((a, b) => a.startMs - b.startMs);
  for (const [index, { startMs }] of sorted.entries()) {
    // A gap as long as two of the shortest clips would have held one.
    expect(startMs - (sorted[index - 1]?.endMs ?? 0)).toBeLessThan(2 * options.minMs + 6000);
  }
});

test('a range keeps moments inside, and interest still covers everything', async () => {
  const transcript = speak(talk);
  const range = { startMs: 20_000, endMs: 60_000 };
  const { candidates, interest } = await shortlist(
    { transcript },
    { ...lengths, range },
    { embedder: countingEmbedder(), cache: memoryCache() },
    context,
  );
  expect(candidates.length).toBeGreaterThan(0);
  for (const { startMs, endMs } of candidates) {
    expect(startMs).toBeGreaterThanOrEqual(range.startMs);
    expect(endMs).toBeLessThanOrEqual(range.endMs);
  }
  expect(interest.at(-1)!.endMs).toBe(transcript.durationMs);
});

test('sentences are embedded once: a second run asks the cache, and says the same', async () => {
  const embedder = countingEmbedder();
  const ports = { embedder, cache: memoryCache() };
  const transcript = speak(talk);
  const first = await shortlist({ transcript }, lengths, ports, context);
  expect(embedder.texts).toHaveLength(talk.length);
  const second = await shortlist({ transcript }, { ...lengths, targetMs: 15_000 }, ports, context);
  expect(embedder.texts).toHaveLength(talk.length);
  expect(second).toEqual(first);
});

test('ten hours of talk are scored in seconds', () => {
  const transcript = speak(talk, { times: 420 });
  expect(transcript.durationMs).toBeGreaterThan(8 * 3_600_000);
  const units = divideIntoUnits(transcript, 30_000);
  expect(units.length).toBeGreaterThan(7000);
  const { candidates, interest } = shortlistUnits({ transcript }, units, undefined, {
    minMs: 15_000,
    maxMs: 60_000,
  });
  expect(candidates.length).toBeGreaterThan(100);
  expect(interest.length).toBeGreaterThan(7000);
}, 20_000);

describe('a cut', () => {
  const word = (text: string, startMs: number, endMs: number): Word => ({
    text,
    startMs,
    endMs,
    confidence: 1,
  });

  test('lies in the middle of a short pause and away from the edges of a long one', () => {
    const words = [word('One.', 0, 900), word('Two.', 1020, 1900), word('Three.', 3000, 3900)];
    const speech = [
      { startMs: 0, endMs: 910 },
      { startMs: 1010, endMs: 1910 },
      { startMs: 2990, endMs: 3910 },
    ];
    const cuts = createCutFinder({ words, durationMs: 5000 }, speech);
    expect(cuts.before(1)).toEqual({ atMs: 950, pauseMs: 100 });
    expect(cuts.after(1)).toEqual({ atMs: 2200, pauseMs: 1080 });
    expect(cuts.before(2)).toEqual({ atMs: 2800, pauseMs: 1080 });
    expect(cuts.after(2)).toEqual({ atMs: 4200, pauseMs: 1090 });
  });

  test('never lies in a word where words follow without a pause', () => {
    const words = [word('one', 0, 500), word('two', 520, 900)];
    const cuts = createCutFinder({ words, durationMs: 900 }, [{ startMs: 0, endMs: 900 }]);
    expect(cuts.before(1).atMs).toBeGreaterThanOrEqual(500);
    expect(cuts.before(1).atMs).toBeLessThanOrEqual(520);
    expect(cuts.after(1)).toEqual({ atMs: 900, pauseMs: 0 });
  });

  test('takes the silence at the end of a word that was stretched up to the next', () => {
    const words = [word('one.', 0, 1000), word('Two.', 1000, 1500)];
    const speech = [
      { startMs: 0, endMs: 600 },
      { startMs: 1000, endMs: 1500 },
    ];
    const cuts = createCutFinder({ words, durationMs: 1500 }, speech);
    expect(cuts.before(1)).toEqual({ atMs: 800, pauseMs: 400 });
    expect(cuts.after(0).atMs).toBeGreaterThanOrEqual(640);
    expect(cuts.after(0).atMs).toBeLessThanOrEqual(960);
  });

  test('keeps half the gap at most where only words are known, and stays inside the range and the source', () => {
    const words = [word('one.', 100, 500), word('Two.', 700, 1500)];
    const cuts = createCutFinder({ words, durationMs: 1600 }, []);
    expect(cuts.before(0)).toEqual({ atMs: 50, pauseMs: undefined });
    expect(cuts.after(0)).toEqual({ atMs: 600, pauseMs: undefined });
    expect(cuts.after(1).atMs).toBe(1550);
    const inRange = createCutFinder({ words, durationMs: 1600 }, [], { startMs: 690, endMs: 1510 });
    expect(inRange.before(1).atMs).toBe(695);
    expect(inRange.after(1).atMs).toBe(1505);
  });
});
