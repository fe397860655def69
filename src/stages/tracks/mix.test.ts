import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { musicBriefSchema, type MusicKey, type MusicMeasures } from '../../domain/music.ts';
import { openAudio } from '../../media/open-audio.ts';
import { foldTempo, writeBrief } from './brief.ts';
import { mixSound } from './mix-sound.ts';
import { planMix, semitonesTo, speedTo, type MixSource } from './plan-mix.ts';

const key = (tonic: MusicKey['tonic'], mode: MusicKey['mode'] = 'major'): MusicKey => ({ tonic, mode });
const measuresOf = (parts: Partial<MusicMeasures> = {}): MusicMeasures => ({
  tempoBpm: 120,
  tempoConfidence: 1,
  key: key('C'),
  keyConfidence: 0.8,
  energy: [0.2, 0.4, 0.9, 1, 0.8, 0.3],
  beatsMs: [],
  ...parts,
});
/** Music of one tempo, with its first beat at a time. */
const music = (
  tempoBpm: number,
  firstMs: number,
  durationMs: number,
  own: MusicKey = key('C'),
): MixSource => ({
  durationMs,
  sentences: [],
  measures: measuresOf({
    tempoBpm,
    key: own,
    beatsMs: Array.from(
      { length: Math.floor(((durationMs - firstMs) * tempoBpm) / 60_000) },
      (_, beat) => firstMs + (beat * 60_000) / tempoBpm,
    ),
  }),
});
const talk = (durationMs: number): MixSource => ({
  durationMs,
  measures: measuresOf({ tempoBpm: 87, tempoConfidence: 0, key: key('F#', 'minor') }),
  sentences: Array.from({ length: Math.floor(durationMs / 3000) }, (_, at) => ({
    startMs: at * 3000 + 100,
    endMs: at * 3000 + 2700,
  })),
});

describe('What music is asked for after recordings', () => {
  it('has the tempo of the clearest beat, the key that most are in, and their energy over its length', () => {
    const brief = writeBrief(
      [
        measuresOf({ tempoBpm: 87, tempoConfidence: 0.1, key: key('E', 'minor'), keyConfidence: 0.9 }),
        measuresOf({ tempoBpm: 168, tempoConfidence: 0.9, key: key('A', 'minor'), keyConfidence: 0.7 }),
        measuresOf({ tempoBpm: 99, tempoConfidence: 0.4, key: key('A', 'minor'), keyConfidence: 0.6 }),
      ],
      { durationMs: 24_000, seed: 3, mood: undefined },
    );
    expect(musicBriefSchema.parse(brief)).toMatchObject({ tempoBpm: 84, key: key('A', 'minor'), seed: 3 });
    expect(brief.energy).toHaveLength(12);
    expect(brief.energy.indexOf(Math.max(...brief.energy))).toBeGreaterThan(4);
    expect(Math.max(...brief.energy)).toBe(1);
    expect(Math.min(...brief.energy)).toBe(0.2);
  });

  it('is something sensible of silence and of hours', () => {
    const silent = measuresOf({ energy: [], tempoConfidence: 0, keyConfidence: 0 });
    const long = measuresOf({ energy: Array.from({ length: 20_000 }, (_, at) => at / 20_000) });
    for (const measures of [[silent], [long], [silent, long]]) {
      const brief = writeBrief(measures, { durationMs: 1000, seed: 0, mood: 'sad' });
      expect(musicBriefSchema.safeParse(brief).success).toBe(true);
      expect(brief.mood).toBe('sad');
    }
    expect([35, 70, 139, 140, 280].map(foldTempo)).toEqual([70, 70, 139, 70, 70]);
  });
});

describe('Keys and tempos', () => {
  it('are brought together the shortest way', () => {
    expect(semitonesTo(key('A', 'minor'), key('C'))).toBe(0);
    expect(semitonesTo(key('D'), key('C'))).toBe(-2);
    expect(semitonesTo(key('B'), key('C'))).toBe(1);
    // A fifth away is near enough: five semitones would be heard as a fault.
    expect(semitonesTo(key('G'), key('C'))).toBe(0);
    for (const tonic of ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const)
      expect(Math.abs(semitonesTo(key(tonic), key('C')))).toBeLessThanOrEqual(3);
    expect(speedTo(60, 120)).toBe(1);
    expect(speedTo(100, 120)).toBeCloseTo(1.2);
    expect(speedTo(80, 150)).toBeCloseTo(0.9375);
  });
});

describe('A plan of a mix', () => {
  const toMs = (samples: number) => samples / 48;

  it('has every beat of every piece on one grid', () => {
    const sources = [music(120, 130, 60_000), music(100, 480, 60_000, key('D')), music(128, 0, 60_000)];
    for (const seed of [1, 2, 3, 4]) {
      const plan = planMix(sources, { durationMs: 40_000, seed });
      const beatMs = 60_000 / plan.tempoBpm;
      expect(new Set(plan.pieces.map(({ source }) => source)).size).toBe(3);
      expect(plan.pieces.some(({ layer }) => layer === 'bed')).toBe(true);
      for (const { source, fromMs, sourceMs, startSample, speed } of plan.pieces) {
        const { beatsMs } = sources[source]!.measures;
        const own = beatsMs.filter((beat) => beat > fromMs && beat < fromMs + sourceMs);
        expect(own.length).toBeGreaterThan(6);
        for (const beat of own) {
          const place = (toMs(startSample) + (beat - fromMs) / speed) / beatMs;
          expect(Math.abs(place - Math.round(place))).toBeLessThan(0.02);
        }
      }
    }
  });

  it('is filled from the first moment to the last, on the lead alone', () => {
    const sources = [music(78, 500, 40_000), music(124, 200, 40_000), talk(300_000)];
    for (const durationMs of [5000, 23_456, 90_000]) {
      const leads = planMix(sources, { durationMs, seed: 5 }).pieces.filter(({ layer }) => layer === 'lead');
      let untilMs = 0;
      for (const { startSample, samples } of leads) {
        expect(toMs(startSample)).toBeLessThan(untilMs + 3500);
        untilMs = toMs(startSample + samples);
      }
      expect(untilMs).toBeGreaterThan(durationMs - 3500);
      expect(untilMs).toBeLessThan(durationMs + 1);
    }
  });

  it('has every recording lead, however short it is', () => {
    const sources = [music(100, 0, 60_000), music(96, 100, 60_000), talk(60_000), music(110, 50, 60_000)];
    for (const durationMs of [10_000, 15_000, 40_000]) {
      const { pieces } = planMix(sources, { durationMs, seed: 3 });
      const leading = pieces.filter(({ layer }) => layer === 'lead').map(({ source }) => source);
      expect(new Set(leading).size).toBe(4);
    }
  });

  it('never lets two talk at once, nor changes a voice, nor cuts a sentence', () => {
    const sources = [talk(120_000), talk(90_000), talk(60_000)];
    const { pieces } = planMix(sources, { durationMs: 60_000, seed: 9 });
    expect(
      pieces.every(({ layer, speed, semitones }) => layer === 'lead' && speed === 1 && semitones === 0),
    ).toBe(true);
    for (const [at, piece] of pieces.slice(1).entries()) {
      const before = pieces[at]!;
      expect(piece.startSample).toBeGreaterThanOrEqual(before.startSample + before.samples);
    }
    for (const { fromMs, sourceMs } of pieces.slice(0, -1)) {
      expect(fromMs % 3000).toBe(100);
      expect((fromMs + sourceMs) % 3000 >= 2700 || (fromMs + sourceMs) % 3000 <= 100).toBe(true);
    }
    const withMusic = planMix([talk(120_000), music(110, 0, 120_000)], { durationMs: 30_000, seed: 1 });
    for (const { source, layer } of withMusic.pieces) if (layer === 'bed') expect(source).toBe(1);
  });

  it('makes do with recordings that are far too short', () => {
    const short = { ...music(120, 100, 3000), sentences: [] };
    const { pieces } = planMix([short, talk(1500)], { durationMs: 20_000, seed: 1 });
    for (const { fromMs, sourceMs, source } of pieces)
      expect(fromMs + sourceMs).toBeLessThanOrEqual((source === 0 ? 3000 : 1500) + 1);
  });
});

describe('A mix', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pivot mix '));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Clicks of a pitch at a tempo, the first at a time. */
  const clicks = (name: string, tempoBpm: number, firstSeconds: number, hertz: number, level: number) => {
    const at = `mod(t-${firstSeconds}+${60 / tempoBpm},${60 / tempoBpm})`;
    const tone = `${level}*sin(2*PI*${hertz}*t)*exp(-12*${at})*gte(t,${firstSeconds})`;
    return makeMedia({
      path: join(folder, `${name}.wav`),
      durationMs: 24_000,
      pattern: 'none',
      tone: `${tone}|${tone}`,
    });
  };

  it('has the clicks of two tempos, pitches and loudnesses together on its beats, at -14 LUFS', async () => {
    const paths = [await clicks('loud', 120, 0.3, 880, 0.7), await clicks('soft', 104, 0.15, 990, 0.05)];
    const sources = [music(120, 300, 24_000, key('A')), music(104, 150, 24_000, key('B'))];
    const plan = planMix(sources, { durationMs: 20_000, seed: 2 });
    const { signal } = new AbortController();
    const path = join(folder, 'mixed.wav');
    await mixSound(plan, paths, path, { signal, onProgress: () => {} });
    const sound = openAudio(path, { sampleRateHz: 48_000, signal });
    const samples: number[] = [];
    for await (const block of sound) for (const sample of block) samples.push(sample);
    expect(samples).toHaveLength(960_000);
    const { integratedLufs, truePeakDbtp } = sound.loudness();
    expect(Math.abs(integratedLufs + 14)).toBeLessThan(0.5);
    expect(truePeakDbtp).toBeLessThanOrEqual(-0.95);
    // Where a click begins: far louder than 10 ms before.
    const beatMs = 60_000 / plan.tempoBpm;
    const offsets: number[] = [];
    for (let beat = 1; beat * beatMs < 18_000; beat++) {
      const around = Math.round(beat * beatMs * 48);
      const window = samples.slice(around - 4800, around + 4800).map(Math.abs);
      const loudest = window.reduce((most, value) => Math.max(most, value), 0);
      const begins = window.findIndex((value) => value > 0.3 * loudest);
      offsets.push((begins - 4800) / 48);
    }
    const late = offsets.filter((offset) => Math.abs(offset) > 25);
    expect(late.length, offsets.map((offset) => offset.toFixed(0)).join(' ')).toBeLessThanOrEqual(2);
  });
});
