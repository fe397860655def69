import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../domain/timeline.ts';
import { envelopeAt } from '../../media/sound-line.ts';
import { fitPieces } from './fit-sound.ts';
import { layOutTrack, type TrackPicture } from './lay-out-track.ts';

const hash = `sha256:${'a'.repeat(64)}`;
const rate = { num: 30, den: 1 };
const canvas = { width: 1080, height: 1920 };
const film = (durationMs: number): TrackPicture => ({
  kind: 'film',
  path: '/clip.mp4',
  contentHash: hash,
  streamIndex: 0,
  width: 1280,
  height: 720,
  durationMs,
});
const layOut = (picture: TrackPicture | undefined, durationMs: number, drawing: 'waveform' | 'none') =>
  layOutTrack({
    name: 'track',
    sound: { path: 'media/a.wav', contentHash: hash, durationMs },
    picture,
    drawing,
    canvas,
    rate,
    color: '#FFFFFF',
    metadata: {},
  });
const clipsOf = (timeline: Timeline, id: string) =>
  timeline.tracks.find((track) => track.id === id)?.clips ?? [];

describe('A film of a track', () => {
  it('lasts as long as its sound, in whole frames', () => {
    expect(layOut(undefined, 10_050, 'waveform').durationFrames).toBe(301);
    expect(clipsOf(layOut(undefined, 10_050, 'waveform'), 'a1')).toMatchObject([
      { startFrame: 0, durationFrames: 301, sourceStartFrame: 0 },
    ]);
  });

  // The timeline's own rules say whether dissolves find what they need: a layout that broke them would throw.
  it('shows a film again, dissolving, until the sound ends', () => {
    for (const soundMs of [1000, 5000, 5033, 9990, 10_000, 10_033, 23_456, 60_000]) {
      const timeline = layOut(film(5000), soundMs, 'none');
      const clips = clipsOf(timeline, 'v1');
      const frames = clips.reduce((sum, { durationFrames }) => sum + durationFrames, 0);
      expect(frames).toBe(timeline.durationFrames);
      expect(timeline.transitions.length).toBeGreaterThanOrEqual(clips.length - 2);
      for (const { sourceStartFrame, durationFrames } of clips)
        expect(sourceStartFrame + durationFrames).toBeLessThanOrEqual(150);
    }
  });

  it('cuts a film that is too short to dissolve', () => {
    const timeline = layOut(film(500), 3000, 'none');
    expect(timeline.transitions).toEqual([]);
    expect(clipsOf(timeline, 'v1')).toHaveLength(6);
  });

  it('zooms into a picture inside of it, and draws where no app covers it', () => {
    const timeline = layOut(
      { kind: 'image', path: '/a.jpg', contentHash: hash, width: 1600, height: 900 },
      8000,
      'waveform',
    );
    const [crop] = clipsOf(timeline, 'v1')[0]!.effects;
    expect(crop).toMatchObject({ kind: 'crop', keyframes: [{ frame: 0 }, { frame: 239 }] });
    for (const key of crop?.kind === 'crop' ? crop.keyframes : []) {
      expect(key.x + key.width).toBeLessThanOrEqual(1600);
      expect(key.y + key.height).toBeLessThanOrEqual(900);
      expect(key.width / key.height).toBeCloseTo(9 / 16, 1);
    }
    const [place] = clipsOf(timeline, 'v3')[0]!.effects;
    expect(place).toMatchObject({ kind: 'place', x: 108, width: 864 });
    expect(place?.kind === 'place' ? place.y + place.height : 0).toBe(1536);
  });
});

describe('A sound that is brought to a length', () => {
  const fit = (durationMs: number, wantedMs: number) =>
    fitPieces({ path: '/a.wav', streamIndex: 0, durationMs, wantedMs, to: '/b.wav' });

  it('is looped so that its end and its beginning add up to one', () => {
    const pieces = fit(10_000, 35_000);
    const levelAt = (sample: number) =>
      pieces.reduce((sum, piece) => {
        const at = sample - piece.startSample;
        return at < 0 || at >= piece.samples ? sum : sum + envelopeAt(at, { ...piece, gain: 1 });
      }, 0);
    expect(pieces.length).toBeGreaterThan(3);
    for (let sample = 0; sample < 33 * 48_000; sample += 997) expect(levelAt(sample)).toBeCloseTo(1, 3);
    expect(levelAt(35 * 48_000 - 1)).toBeLessThan(0.01);
  });

  it('is cut off with a fade, and left alone at its own length', () => {
    expect(fit(10_000, 4000)).toMatchObject([{ samples: 192_000, fadeInSamples: 0, fadeOutSamples: 48_000 }]);
    expect(fit(10_000, 10_000)).toMatchObject([{ samples: 480_000, fadeInSamples: 0, fadeOutSamples: 0 }]);
  });
});
