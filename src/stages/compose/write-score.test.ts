import { describe, expect, test } from 'vitest';
import { musicMoods, pitchClasses, type MusicBrief } from '../../domain/music.ts';
import type { Score } from '../../domain/score.ts';
import { chordOf, leadVoices, parallels } from './chords.ts';
import { createDice } from './dice.ts';
import { createScale } from './key.ts';
import { suggestBrief } from './suggest-brief.ts';
import { writeScore } from './write-score.ts';

const briefs = musicMoods.flatMap((mood, index) =>
  [3, 17, 40, 95].map((seconds, at) =>
    suggestBrief({ durationMs: seconds * 1000 + 137, seed: 10 * index + at, mood }),
  ),
);

const nameOf = ({ mood, seed, durationMs }: MusicBrief) => `${mood} ${seed} of ${durationMs} ms`;

function partOf(score: Score, name: string) {
  const index = score.parts.findIndex((part) => part.name === name);
  return score.notes.filter(({ part }) => part === index);
}

describe('a score', () => {
  test('is the same for the same brief, and another for another seed', () => {
    const brief = suggestBrief({ durationMs: 20_000, seed: 1, mood: 'bright' });
    expect(writeScore(brief)).toEqual(writeScore(brief));
    const melodies = Array.from({ length: 20 }, (_, seed) => {
      const score = writeScore({ ...brief, seed });
      return JSON.stringify(partOf(score, 'melody').map(({ pitch }) => pitch));
    });
    expect(new Set(melodies).size).toBe(20);
  });

  test.each(briefs.map((brief) => [nameOf(brief), brief] as const))(
    '%s fits into its time, sorted',
    (_name, brief) => {
      const { notes, parts } = writeScore(brief);
      expect(notes.length).toBeGreaterThan(3);
      const wrong = notes.filter(
        ({ startMs, durationMs, velocity, part }, index) =>
          !(startMs >= (notes[index - 1]?.startMs ?? 0)) ||
          !(startMs + durationMs <= brief.durationMs) ||
          !(velocity > 0 && velocity <= 1) ||
          parts[part] === undefined,
      );
      expect(wrong).toEqual([]);
    },
  );

  test.each(briefs.map((brief) => [nameOf(brief), brief] as const))(
    '%s ends at home: the dominant, then the tonic in bass and melody',
    (_name, brief) => {
      const score = writeScore(brief);
      const tonic = pitchClasses.indexOf(brief.key.tonic);
      const last = score.chords.at(-1)!;
      expect(last.numeral).toBe(brief.key.mode === 'major' ? 'I' : 'i');
      expect(score.chords.at(-2)?.numeral ?? 'V7').toBe('V7');
      const endMs = score.firstBeatMs + (score.lastChordBeat * 60_000) / score.tempoBpm;
      const ending = (name: string) => partOf(score, name).filter(({ startMs }) => startMs > endMs - 60);
      expect(ending('bass').map(({ pitch }) => pitch % 12)).toEqual([tonic]);
      expect(ending('keys').every(({ pitch }) => last.voices.includes(pitch))).toBe(true);
      for (const { pitch } of ending('melody')) expect(pitch % 12).toBe(tonic);
      // It has time to ring.
      expect(brief.durationMs - endMs).toBeGreaterThan(Math.min(1300, brief.durationMs * 0.4));
    },
  );

  test('keeps to the notes of its key; in minor the seventh may be raised', () => {
    for (const brief of briefs) {
      const scale = createScale(brief.key);
      const tonic = pitchClasses.indexOf(brief.key.tonic);
      const allowed = new Set([0, 1, 2, 3, 4, 5, 6].map((step) => (scale.pitchOf(step) + 120) % 12));
      if (brief.key.mode === 'minor') allowed.add((tonic + 11) % 12);
      const score = writeScore(brief);
      const strange = score.notes.filter(
        ({ part, pitch }) => !score.parts[part]!.isDrums && !allowed.has(pitch % 12),
      );
      expect(strange, nameOf(brief)).toEqual([]);
    }
  });

  test('puts its melody on the beat grid, strong beats on notes of the chord', () => {
    for (const brief of briefs) {
      const score = writeScore(brief);
      const beatMs = 60_000 / score.tempoBpm;
      for (const note of partOf(score, 'melody')) {
        const beat = (note.startMs - score.firstBeatMs) / beatMs;
        if (Math.abs(beat - Math.round(beat)) * beatMs > 25 || Math.round(beat) % 4 !== 0) continue;
        const chord = score.chords.findLast(({ startBeat }) => startBeat <= Math.round(beat))!;
        const tones = chord.voices.map((voice) => voice % 12);
        const scale = createScale(brief.key);
        const triad = chordOf(chord.numeral, scale).pitchClasses.slice(0, 3);
        expect([...tones, ...triad]).toContain(note.pitch % 12);
      }
    }
  });

  test('is fuller where more energy is wanted: more notes a second, played harder', () => {
    for (const mood of musicMoods) {
      const brief = { ...suggestBrief({ durationMs: 40_000, seed: 3, mood }), energy: [0.15, 0.15, 1, 1] };
      const { notes } = writeScore(brief);
      const half = (from: number, to: number) =>
        notes.filter(({ startMs }) => startMs >= from && startMs < to);
      const [thin, full] = [half(0, 13_000), half(25_000, 36_000)];
      expect(full.length / 11, mood).toBeGreaterThan((1.5 * thin.length) / 13);
      const hardness = (part: typeof notes) =>
        part.reduce((sum, { velocity }) => sum + velocity, 0) / part.length;
      expect(hardness(full), mood).toBeGreaterThan(hardness(thin));
    }
  });

  test('tunes kettledrums to the tonic and the dominant, and plays nothing else of them', () => {
    const brief = suggestBrief({ durationMs: 30_000, seed: 2, mood: 'tense', energy: [0.9] });
    const tonic = pitchClasses.indexOf(brief.key.tonic);
    const drums = partOf(writeScore(brief), 'drums').map(({ pitch }) => pitch);
    const kettledrums = drums.filter((pitch) => pitch >= 41 && pitch <= 53);
    expect(kettledrums.length).toBeGreaterThan(4);
    expect(new Set(kettledrums.map((pitch) => pitch % 12))).toEqual(new Set([tonic, (tonic + 7) % 12]));
  });

  test('holds together at the ends of what may be asked', () => {
    const edges: Partial<MusicBrief>[] = [
      { durationMs: 1000, tempoBpm: 40 },
      { durationMs: 1000, tempoBpm: 220, energy: [0] },
      { durationMs: 600_000, tempoBpm: 220, energy: [1] },
      { durationMs: 8000, tempoBpm: 40, energy: [1, 0] },
      { durationMs: 30_000, energy: Array.from({ length: 10_000 }, (_, index) => index % 2) },
    ];
    for (const mood of musicMoods) {
      for (const edge of edges) {
        const brief = { ...suggestBrief({ durationMs: 20_000, seed: 4, mood }), ...edge };
        const { notes } = writeScore(brief);
        expect(notes.length).toBeGreaterThan(0);
        const wrong = notes.filter(
          ({ startMs, durationMs, pitch }) =>
            !(startMs + durationMs <= brief.durationMs) || !Number.isInteger(pitch),
        );
        expect(wrong).toEqual([]);
      }
    }
  });
});

describe('chords', () => {
  test('are what their numerals say', () => {
    const c = createScale({ tonic: 'C', mode: 'major' });
    expect(chordOf('I', c).pitchClasses).toEqual([0, 4, 7]);
    expect(chordOf('V7', c).pitchClasses).toEqual([7, 11, 2, 5]);
    expect(chordOf('vi', c).pitchClasses).toEqual([9, 0, 4]);
    const a = createScale({ tonic: 'A', mode: 'minor' });
    expect(chordOf('V', a).pitchClasses).toEqual([4, 8, 11]);
    expect(chordOf('v', a).pitchClasses).toEqual([4, 7, 11]);
    expect(chordOf('VI', a).pitchClasses).toEqual([5, 9, 0]);
  });

  test('follow each other with little movement, and hardly ever in parallel fifths', () => {
    const scale = createScale({ tonic: 'C', mode: 'major' });
    let voices = leadVoices(chordOf('I', scale), undefined, scale);
    let inParallel = 0;
    for (const numeral of ['vi', 'IV', 'V', 'I', 'iii', 'IV', 'ii', 'V', 'I']) {
      const next = leadVoices(chordOf(numeral, scale), voices, scale);
      inParallel += parallels(voices, next);
      expect(Math.abs(next.at(-1)! - voices.at(-1)!)).toBeLessThanOrEqual(5);
      voices = next;
    }
    // From the third to the fourth degree all would have to leap to avoid them.
    expect(inParallel).toBeLessThanOrEqual(1);
  });

  test('that move in fifths are counted', () => {
    expect(parallels([60, 67], [62, 69])).toBe(1);
    expect(parallels([60, 67], [60, 67])).toBe(0);
    expect(parallels([60, 67], [62, 67])).toBe(0);
  });
});

test('dice are even, and branches do not move each other', () => {
  const dice = createDice(7, 'x');
  const rolls = Array.from({ length: 4000 }, () => dice.roll());
  expect(rolls.reduce((sum, roll) => sum + roll, 0) / rolls.length).toBeCloseTo(0.5, 1);
  expect(Math.min(...rolls)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...rolls)).toBeLessThan(1);
  const one = createDice(7).branch('drums').roll();
  const other = createDice(7);
  other.roll();
  expect(other.branch('drums').roll()).toBe(one);
  expect(createDice(2 ** 40 + 7).roll()).not.toBe(createDice(7).roll());
});
