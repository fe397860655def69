import { describe, expect, test } from 'vitest';
import type { MusicKey } from '../../domain/music.ts';
import { createEar } from './listen.ts';
import { listenRateHz as rate } from './spectra.ts';

type Note = { readonly atMs: number; readonly ms: number; readonly midi: number; readonly gain?: number };

/** Plucked tones with six partials each, as a string has them. */
function play(notes: readonly Note[], seconds: number, cents = 0): Float32Array {
  const samples = new Float32Array(seconds * rate);
  for (const { atMs, ms, midi, gain = 0.1 } of notes) {
    const hz = 440 * 2 ** ((midi - 69 + cents / 100) / 12);
    const start = Math.round((atMs * rate) / 1000);
    const count = Math.min(samples.length - start, Math.round((ms * rate) / 1000));
    for (let index = 0; index < count; index++) {
      const t = index / rate;
      const fade = Math.exp((-3 * index) / count) * Math.min(1, (count - index) / 200);
      let value = 0;
      for (let partial = 1; partial <= 6 && partial * hz < rate / 2; partial++) {
        value += Math.sin(2 * Math.PI * partial * hz * t) / partial ** 1.3;
      }
      samples[start + index]! += gain * fade * value;
    }
  }
  return samples;
}

/** A bar of chord and bass on every beat: roots as semitones above the tonic, `m` for minor ones. */
function accompany(roots: readonly string[], tonic: number, bpm: number): Note[] {
  const beatMs = 60_000 / bpm;
  return roots.flatMap((name, bar) => {
    const root = tonic + Number.parseInt(name, 10);
    const third = name.endsWith('m') ? 3 : 4;
    return [0, 1, 2, 3].flatMap((beat) => {
      const atMs = (bar * 4 + beat) * beatMs;
      const chord = [0, third, 7].map((step) => ({ atMs, ms: beatMs, midi: root + step, gain: 0.06 }));
      const bass = { atMs, ms: 2 * beatMs, midi: root - 24, gain: 0.15 };
      return chord.concat(beat % 2 === 0 ? bass : []);
    });
  });
}

function hear(samples: Float32Array) {
  const ear = createEar();
  // Blocks of any length give the same.
  for (let at = 0; at < samples.length; at += 30_011) ear.push(samples.subarray(at, at + 30_011));
  return ear.end();
}

const majorBars = ['0', '9m', '5', '7', '0', '5', '7', '0'];
const minorBars = ['0m', '8', '5m', '7', '0m', '5m', '7', '0m'];

describe('the ear', () => {
  test.each([72, 104, 137, 152])('hears %i beats a minute, and each beat where it is', (bpm) => {
    const measures = hear(play(accompany(majorBars, 60, bpm), (32 * 60) / bpm + 1));
    expect(Math.abs(measures.tempoBpm / bpm - 1)).toBeLessThan(0.01);
    expect(measures.tempoConfidence).toBeGreaterThan(0.7);
    const beatMs = 60_000 / bpm;
    expect(measures.beatsMs.length).toBeGreaterThanOrEqual(30);
    for (const beat of measures.beatsMs) {
      const off = beat - Math.round(beat / beatMs) * beatMs;
      expect(Math.abs(off)).toBeLessThan(35);
    }
  });

  const keys: [MusicKey, number, readonly string[]][] = [
    [{ tonic: 'C', mode: 'major' }, 60, majorBars],
    [{ tonic: 'F#', mode: 'major' }, 54, majorBars],
    [{ tonic: 'A', mode: 'minor' }, 57, minorBars],
    [{ tonic: 'D#', mode: 'minor' }, 63, minorBars],
  ];
  test.each(keys)('hears the key %j', (key, tonic, bars) => {
    const measures = hear(play(accompany(bars, tonic, 110), 18));
    expect(measures.key).toEqual(key);
    expect(measures.keyConfidence).toBeGreaterThan(0.4);
  });

  test('hears a key that is tuned a third of a semitone high', () => {
    expect(hear(play(accompany(majorBars, 62, 110), 18, 33)).key).toEqual({ tonic: 'D', mode: 'major' });
  });

  test('hears how loud it is from second to second', () => {
    const samples = play(accompany([...majorBars, ...majorBars], 60, 120), 32);
    for (let index = 8 * rate; index < 16 * rate; index++) samples[index]! *= 10 ** (-6 / 20);
    for (let index = 16 * rate; index < 24 * rate; index++) samples[index]! *= 10 ** (-40 / 20);
    const { energy } = hear(samples);
    expect(energy.length).toBe(32);
    expect(Math.max(...energy)).toBe(1);
    // 6 of 15 dB less, then less than nothing.
    expect(energy[4]! - energy[12]!).toBeCloseTo(6 / 15, 1);
    expect(energy[20]).toBe(0);
  });

  test('of silence and of next to nothing hears nothing, and does not fall', () => {
    const silent = hear(new Float32Array(5 * rate));
    expect(silent).toMatchObject({
      tempoConfidence: 0,
      keyConfidence: 0,
      beatsMs: [],
      energy: [0, 0, 0, 0, 0],
    });
    expect(hear(new Float32Array(0)).beatsMs).toEqual([]);
    expect(hear(new Float32Array(100).fill(0.5)).energy.length).toBe(1);
  });
});
