import { expect, test } from 'vitest';
import type { Sound } from '../../domain/sound.ts';
import type { Word } from '../../domain/transcript.ts';
import { describeDelivery } from './describe-delivery.ts';

/** Sound of the given levels, one a window of 100 ms. */
function soundOf(levelsDbfs: readonly number[], speech: Sound['speech']): Sound {
  return {
    durationMs: levelsDbfs.length * 100,
    loudness: { integratedLufs: -20, truePeakDbtp: -3, rangeLu: 5 },
    envelopeDbfs: [...levelsDbfs],
    envelopeWindowMs: 100,
    speech,
  };
}

const word: Word = { text: 'word', startMs: 0, endMs: 300, confidence: 1 };
const times = (count: number, levelDbfs: number) => Array.from({ length: count }, () => levelDbfs);

test('a silence is half a second that is 30 dB softer than the whole, and no speech', () => {
  const sound = soundOf(
    [...times(10, -20), ...times(6, -60), ...times(10, -22), ...times(4, -60), ...times(5, -49)],
    [{ startMs: 0, endMs: 1000 }],
  );
  expect(describeDelivery(sound, [word]).silences).toEqual([{ startMs: 1000, endMs: 1600 }]);
});

test('soft speech is no silence', () => {
  const sound = soundOf([...times(10, -60), ...times(10, -60)], [{ startMs: 0, endMs: 1800 }]);
  expect(describeDelivery(sound, [word]).silences).toEqual([]);
});

test('the rate counts speech, not pauses', () => {
  const sound = soundOf(times(100, -20), [
    { startMs: 0, endMs: 2000 },
    { startMs: 8000, endMs: 10_000 },
  ]);
  expect(
    describeDelivery(sound, [word, word, word, word, word, word, word, word, word, word]).wordsPerMinute,
  ).toBe(150);
  expect(describeDelivery(soundOf(times(5, -90), []), []).wordsPerMinute).toBe(0);
});
