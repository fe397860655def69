import { expect, test } from 'vitest';
import { isKeyRight, makeAndHear, planTracks, tempoError } from '../bench/music.ts';

test('tracks of three seeds are heard in the key and the tempo that was asked, each another, none clipping', async () => {
  // Three moods of six: the bench has them all.
  const briefs = planTracks(5, 14_000).filter((_, index) => index % 2 === 0);
  const hashes = new Set<string>();
  for await (const track of makeAndHear(briefs)) {
    expect(tempoError(track)).toBeLessThan(0.01);
    expect(isKeyRight(track), `${track.measures.key.tonic} ${track.measures.key.mode}`).toBe(true);
    expect(track.highestSample).toBeLessThan(32_767);
    expect(track.truePeakDbtp).toBeLessThan(-1);
    hashes.add(track.hash);
  }
  expect(hashes.size).toBe(briefs.length);
}, 90_000);
