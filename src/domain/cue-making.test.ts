import { describe, expect, it } from 'vitest';
import { gatherCues, type CueLimits, type TimedWord } from './cue-making.ts';
import { createRandom } from '../../test/fixtures/seeded-random.ts';

const limits: CueLimits = {
  maxWords: 3,
  maxChars: 16,
  maxMs: 1400,
  minMs: 240,
  pauseMs: 350,
  closeGapMs: 300,
  lingerMs: 160,
};

function say(text: string, wordMs = 200): TimedWord[] {
  return text.split(' ').map((word, index) => ({
    text: word,
    startMs: index * wordMs,
    endMs: (index + 1) * wordMs,
  }));
}

function textsOf(words: readonly TimedWord[], given: Partial<CueLimits> = {}): string[] {
  const cues = gatherCues(words, { ...limits, ...given }, { endMs: 100_000 });
  return cues.map((cue) => cue.words.map((word) => word.text).join(' '));
}

describe('gatherCues', () => {
  it('ends cues with sentences and before pauses', () => {
    expect(textsOf(say('Stop here. Go on'))).toEqual(['Stop here.', 'Go on']);
    const [first, second] = say('one two');
    if (first === undefined || second === undefined) throw new Error('two words were said');
    expect(textsOf([first, { ...second, startMs: 560, endMs: 700 }])).toEqual(['one', 'two']);
  });

  it('ends them at commas rather than after an article', () => {
    expect(textsOf(say('when it rains, the cat sleeps'), { maxChars: 20 })).toEqual([
      'when it rains,',
      'the cat sleeps',
    ]);
    expect(textsOf(say('nobody saw the big dog'), { maxChars: 30 })).toEqual(['nobody saw', 'the big dog']);
  });

  it('keeps a word that is longer than a cue may be', () => {
    expect(textsOf(say('a donaudampfschifffahrtsgesellschaft indeed'))).toEqual([
      'a',
      'donaudampfschifffahrtsgesellschaft',
      'indeed',
    ]);
  });

  it('closes short gaps, lingers before long ones, and shows brief words for a while', () => {
    const words = [
      { text: 'Yes.', startMs: 0, endMs: 100 },
      { text: 'No.', startMs: 380, endMs: 450 },
      { text: 'Maybe.', startMs: 5000, endMs: 5050 },
    ];
    const spans = gatherCues(words, limits, { endMs: 5100 }).map(({ startMs, endMs }) => [startMs, endMs]);
    expect(spans).toEqual([
      [0, 380],
      [380, 620],
      [5000, 5100],
    ]);
  });

  it('asks whether words fit and never shows together what does not', () => {
    const words = say('a b c d');
    const cues = gatherCues(words, limits, { endMs: 900, fits: (from, to) => to - from < 2 });
    expect(cues.map((cue) => cue.words.length)).toEqual([1, 1, 1, 1]);
  });

  it('makes nothing of nothing', () => {
    expect(gatherCues([], limits, { endMs: 1000 })).toEqual([]);
  });

  it('keeps every word once, in order, in range and without overlaps, whatever the words', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = createRandom(seed);
      const endMs = 1000 + Math.floor(random() * 20_000);
      const count = Math.floor(random() * 60);
      let atMs = 0;
      const words: TimedWord[] = Array.from({ length: count }, (_, index) => {
        // Some start together, some overlap, some lie after the end, some have no length.
        const startMs = atMs;
        atMs += random() < 0.2 ? 0 : Math.floor(random() * 600);
        const length = 1 + Math.floor(random() * 14);
        const text = 'x'.repeat(length) + (['', '', '', ',', '.', '?'][Math.floor(random() * 6)] ?? '');
        return { text: `${index}${text}`, startMs, endMs: startMs + Math.floor(random() * 900) };
      });
      const cues = gatherCues(words, limits, { endMs });
      expect(cues.flatMap((cue) => cue.words.map((word) => word.text))).toEqual(
        words.map((word) => word.text),
      );
      let previousEndMs = 0;
      for (const cue of cues) {
        expect(cue.startMs).toBeGreaterThanOrEqual(previousEndMs);
        expect(cue.endMs).toBeGreaterThan(cue.startMs);
        expect(cue.endMs).toBeLessThanOrEqual(endMs);
        for (const word of cue.words) {
          expect(word.startMs).toBeGreaterThanOrEqual(cue.startMs);
          expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
          expect(word.endMs).toBeLessThanOrEqual(cue.endMs);
        }
        previousEndMs = cue.endMs;
      }
    }
  });
});
