import { readFile } from 'node:fs/promises';
import { expect, test, type TestContext } from 'vitest';
import { needRecording } from '../../../test/recordings.ts';
import { parseCaptionFile } from '../../domain/caption-files.ts';
import { shortlistUnits } from './shortlist.ts';
import { divideIntoUnits } from './units.ts';

/** Finds moments by captions alone, and checks that no cut lies in a word. */
async function findByCaptions(context: TestContext, name: string): Promise<void> {
  const transcript = parseCaptionFile(await readFile(needRecording(context, name), 'utf8'), name);
  const lengths = { minMs: 10_000, maxMs: 45_000, targetMs: 25_000 };
  const units = divideIntoUnits(transcript, 30_000);
  const { candidates, interest } = shortlistUnits({ transcript }, units, undefined, lengths);
  expect(candidates.length).toBeGreaterThan(1);
  for (const { startMs, endMs, title } of candidates) {
    for (const cutMs of [startMs, endMs])
      expect(transcript.words.some((word) => word.startMs < cutMs && cutMs < word.endMs)).toBe(false);
    expect(endMs - startMs).toBeLessThanOrEqual(lengths.maxMs);
    expect(title).not.toBe('Untitled moment');
  }
  expect(interest[0]!.startMs).toBe(0);
  expect(interest.at(-1)!.endMs).toBe(transcript.durationMs);
}

test('automatic captions, timed by the word and without punctuation, give candidates', (context) =>
  findByCaptions(context, 'video/still-image-audiobook/manifesto.vtt'));

test('captions by a person give candidates', (context) =>
  findByCaptions(context, 'video/animated-film/english.vtt'));
