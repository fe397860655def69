import { expect, test } from 'vitest';
import { createFlite } from '../src/adapters/voice/flite.ts';
import { createEar } from '../src/stages/listen/listen.ts';
import { listenRateHz } from '../src/stages/listen/spectra.ts';
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
});

test('in speech no beat is clear', async () => {
  const voice = createFlite();
  try {
    const text =
      'The sea was calm that morning, and nobody on the boat expected the wind to turn before they reached the harbour. Taxes rose again, she said, and why would anyone stay?';
    const { samples, sampleRateHz } = await voice.speak(text, {});
    const step = sampleRateHz / listenRateHz;
    const ear = createEar();
    ear.push(
      Float32Array.from(
        { length: Math.floor(samples.length / step) },
        (_, index) => samples[Math.floor(index * step)]!,
      ),
    );
    expect(ear.end().tempoConfidence).toBeLessThan(0.35);
  } finally {
    await voice.close();
  }
});
