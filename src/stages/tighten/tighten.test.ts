import { describe, expect, it } from 'vitest';
import { tightenModes } from '../../domain/tightening.ts';
import { durationMs, overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Word } from '../../domain/transcript.ts';
import { findLooseWords } from './loose-words.ts';
import { tighten, type TightenRequest } from './tighten.ts';
import { createRandom } from '../../../test/fixtures/seeded-random.ts';

const range = { startMs: 0, endMs: 20_000 };

/** Words as `text@start-end`, in ms. */
function say(text: string): Word[] {
  return text.split(/\s+/u).map((one) => {
    const [, word = '', start, end] = /^(.+)@(\d+)-(\d+)$/u.exec(one) ?? [];
    return { text: word, startMs: Number(start), endMs: Number(end), confidence: 1 };
  });
}

/** Loud (−20 dBFS) where there is speech, a quiet room (−60) elsewhere, with exceptions. */
function envelopeOf(speech: readonly TimeRange[], ...others: (TimeRange & { dbfs: number })[]) {
  const envelopeDbfs = Array.from({ length: 400 }, (_, index) => {
    const window = { startMs: index * 50, endMs: index * 50 + 50 };
    const other = others.find((one) => overlapMs(one, window) >= 25);
    if (other !== undefined) return other.dbfs;
    return speech.some((one) => overlapMs(one, window) >= 25) ? -20 : -60;
  });
  return { envelopeDbfs, envelopeWindowMs: 50 };
}

function cut(
  words: readonly Word[],
  speech: readonly TimeRange[],
  change: Partial<TightenRequest> & { language?: string } = {},
) {
  const { language = 'en', ...rest } = change;
  return tighten({
    transcript: { words: [...words], speech: [...speech], language },
    sound: envelopeOf(speech),
    range,
    mode: 'natural',
    ...rest,
  });
}

const spans = (...pairs: [number, number][]) => pairs.map(([startMs, endMs]) => ({ startMs, endMs }));

describe('tighten', () => {
  const words = say('one@1000-1400 two@1500-1900 three@3500-3900 four@4350-4800');
  const speech = spans([980, 1930], [3480, 3920], [4330, 4830]);

  it('leaves a range whole when it is off, and when no detector has listened', () => {
    const whole = { kept: [range], removed: [] };
    expect(cut(words, speech, { mode: 'off' })).toEqual(whole);
    expect(cut(words, [])).toEqual(whole);
  });

  it('shortens a long pause to a breath and leaves a short one', () => {
    const { kept, removed } = cut(words, speech);
    expect(removed).toHaveLength(1);
    const [pause] = removed;
    expect(pause).toMatchObject({ kind: 'silence', text: '' });
    expect(durationMs(pause!)).toBeCloseTo(3480 - 1930 - 300, -2);
    expect(pause!.startMs).toBeGreaterThanOrEqual(1930 + 100);
    expect(pause!.endMs).toBeLessThanOrEqual(3480 - 60);
    expect(kept).toEqual([
      { startMs: 0, endMs: pause!.startMs },
      { startMs: pause!.endMs, endMs: 20_000 },
    ]);
  });

  it('takes more when it is fast, and keeps a longer breath at the end of a sentence', () => {
    const fast = cut(words, speech, { mode: 'fast' });
    expect(fast.removed.map((one) => one.kind)).toEqual(['silence', 'silence']);
    const stop = say('one@1000-1400 two.@1500-1900 three@3500-3900 four@4350-4800');
    const atStop = cut(stop, speech).removed[0]!;
    expect(durationMs(cut(words, speech).removed[0]!) - durationMs(atStop)).toBe(120);
  });

  it('never cuts where the detector hears speech that no word tells of, unless it is brief and stands alone', () => {
    const long = [...speech, { startMs: 2300, endMs: 3200 }].toSorted((a, b) => a.startMs - b.startMs);
    expect(cut(words, long).removed).toEqual([]);
    const brief = [...speech, { startMs: 2500, endMs: 2850 }].toSorted((a, b) => a.startMs - b.startMs);
    const [filler] = cut(words, brief).removed;
    expect(filler).toMatchObject({ kind: 'filler', text: '' });
    expect(filler!.startMs).toBeLessThanOrEqual(2500);
    expect(filler!.endMs).toBeGreaterThanOrEqual(2850);
  });

  it('never cuts where a word is said, though the detector missed it', () => {
    const missed = say('one@1000-1400 two@1500-1900 so@2600-2900 three@3500-3900 four@4350-4800');
    for (const stretch of cut(missed, speech, { mode: 'fast' }).removed) {
      expect(overlapMs(stretch, { startMs: 2600 - 50, endMs: 2900 + 80 })).toBe(0);
    }
  });

  it('leaves laughter and applause: what is loud is no pause', () => {
    const sound = envelopeOf(speech, { startMs: 2200, endMs: 3200, dbfs: -25 });
    expect(cut(words, speech, { sound }).removed).toEqual([]);
  });

  it('minds what goes on softly after a word', () => {
    const sound = envelopeOf(speech, { startMs: 1930, endMs: 2150, dbfs: -42 });
    const [pause] = cut(words, speech, { sound }).removed;
    expect(pause!.startMs).toBeGreaterThanOrEqual(2150);
  });

  it('cuts less where speech hardly stands out of the room', () => {
    const noisy = envelopeOf(speech);
    const sound = {
      ...noisy,
      envelopeDbfs: noisy.envelopeDbfs.map((level) => (level === -60 ? -28 : level)),
    };
    const [careful] = cut(words, speech, { sound, mode: 'fast' }).removed;
    expect(careful!.startMs).toBeGreaterThanOrEqual(1930 + 200);
    expect(durationMs(careful!)).toBeLessThan(durationMs(cut(words, speech).removed[0]!));
  });

  it('takes a filler that stands alone, and leaves one that is said in one breath with a word', () => {
    const apart = say('so@1000-1300 um@1700-2000 we@2400-2600 go@2650-2900');
    const parted = spans([980, 1330], [1680, 2030], [2380, 2930]);
    expect(cut(apart, parted).removed).toMatchObject([{ kind: 'filler', text: 'um' }]);
    const joined = spans([980, 2030], [2380, 2930]);
    expect(cut(apart, joined).removed).toEqual([]);
  });

  it('takes it in fast all the same where the level dips between them', () => {
    const words = say('so@1000-1300 um@1360-1700 we@1900-2100 go@2150-2400');
    const speech = spans([980, 2430]);
    const dips = [
      { startMs: 1300, endMs: 1350, dbfs: -38 },
      { startMs: 1750, endMs: 1850, dbfs: -40 },
    ];
    const sound = envelopeOf(speech, ...dips);
    expect(cut(words, speech, { sound }).removed).toEqual([]);
    const [gone] = cut(words, speech, { sound, mode: 'fast' }).removed;
    expect(gone).toMatchObject({ kind: 'filler', text: 'um' });
    expect(overlapMs(gone!, { startMs: 1000, endMs: 1300 })).toBe(0);
    expect(overlapMs(gone!, { startMs: 1900, endMs: 2100 })).toBe(0);
  });

  it('takes a false start with the pause after it', () => {
    const words = say(
      'and@500-700 we@1100-1250 have@1300-1500 we@2000-2150 have@2200-2400 a@2450-2500 plan@2550-2900',
    );
    const speech = spans([480, 730], [1080, 1530], [1980, 2930]);
    const { removed } = cut(words, speech);
    expect(removed).toMatchObject([{ kind: 'false-start', text: 'we have' }]);
  });

  it('takes nothing for a filler where captions time whole lines', () => {
    const lines = say('so@1000-2900 we@2900-4800 go@4800-6700');
    const parted = spans([980, 1330], [7680, 8030], [9380, 9930]);
    for (const confidence of [1, 0.5]) {
      const words = [...lines, ...say('home@12000-12500')].map((word) =>
        Object.assign({}, word, { confidence }),
      );
      const kinds = cut(words, parted, { mode: 'fast' }).removed.map((one) => one.kind);
      expect(kinds.includes('filler')).toBe(confidence === 1);
    }
  });

  it('gives back what a person took back', () => {
    const wanted = cut(words, speech, { mode: 'fast' }).removed[0]!;
    const { removed } = cut(words, speech, { mode: 'fast', keepStretches: [wanted] });
    expect(removed).toEqual(cut(words, speech, { mode: 'fast' }).removed.slice(1));
  });

  it('leaves the air before the first word and after the last', () => {
    const late = say('one@9000-9400 two@9500-9900');
    expect(cut(late, spans([8980, 9930]), { mode: 'fast' }).removed).toEqual([]);
  });

  it('keeps its promises whatever it is given', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = createRandom(seed);
      const words: Word[] = [];
      const speech: TimeRange[] = [];
      let atMs = 0;
      while (atMs < 19_000) {
        const startMs = atMs + Math.floor(random() * (random() < 0.3 ? 1500 : 120));
        const endMs = startMs + 60 + Math.floor(random() * 500);
        if (random() < 0.85) {
          const text = ['um', 'the', 'the', 'plan', 'I', 'wor-', 'world.'][Math.floor(random() * 7)]!;
          words.push({ text, startMs, endMs, confidence: 1 });
        }
        if (random() < 0.9) {
          const previous = speech.at(-1);
          const from = Math.max(previous?.endMs ?? 0, startMs - Math.floor(random() * 60));
          if (endMs > from) speech.push({ startMs: from, endMs });
        }
        atMs = endMs;
      }
      for (const mode of tightenModes) {
        const part = { startMs: 2000 + seed, endMs: 17_003 };
        const sound = random() < 0.5 ? undefined : envelopeOf(speech);
        const { kept, removed } = cut(words, speech, { mode, range: part, sound });
        const all = [...kept, ...removed].toSorted((a, b) => a.startMs - b.startMs);
        expect(all[0]?.startMs).toBe(part.startMs);
        expect(all.at(-1)?.endMs).toBe(part.endMs);
        for (const [index, one] of all.entries()) {
          expect(one.endMs).toBeGreaterThan(one.startMs);
          if (index > 0) expect(one.startMs).toBe(all[index - 1]?.endMs);
        }
        for (const stretch of removed) {
          expect(durationMs(stretch)).toBeGreaterThanOrEqual(150);
          expect(Number.isInteger(stretch.startMs) && Number.isInteger(stretch.endMs)).toBe(true);
          const hit = words.filter((word) => overlapMs(word, stretch) > 0);
          if (stretch.kind === 'silence') expect(hit).toEqual([]);
        }
      }
    }
  });
});

describe('findLooseWords', () => {
  const find = (text: string, language = 'en') =>
    findLooseWords(
      text.split(' ').map((word, index) => ({
        text: word,
        startMs: index * 300,
        endMs: index * 300 + 250,
        confidence: 1,
      })),
      language,
    ).map(({ from, to, kind }) => `${kind} ${text.split(' ').slice(from, to).join(' ')}`);

  it.each([
    ['I, I think so', 'false-start I,'],
    ['we have we have a plan', 'false-start we have'],
    ['put it in the in the box', 'false-start in the'],
    ['to recog- recognise it', 'false-start recog-'],
    ['so um yes', 'filler um'],
    ['I think I think that it works', 'false-start I think'],
  ])('finds what is taken back in “%s”', (text, expected) => {
    expect(find(text)).toEqual([expected]);
  });

  it.each([
    'it is very very good',
    'no no no you cannot',
    'I know that that is so',
    'he had had enough of it',
    'what it is is that we won',
    'I know, I know.',
    'day by day by day we grew',
    'words words words words go',
    'more and more and more of it',
    'yes, we can. We can do it',
    'a well- known man',
  ])('leaves “%s”', (text) => {
    expect(find(text)).toEqual([]);
  });

  it('knows that words of hesitation are words elsewhere', () => {
    expect(find('er geht um die Ecke ähm dort', 'de-DE')).toEqual(['filler ähm']);
    expect(find('um dia eu vi', 'pt')).toEqual([]);
    expect(find('nous nous sommes vus', 'fr')).toEqual([]);
    expect(find('um well', 'zh')).toEqual([]);
  });
});
