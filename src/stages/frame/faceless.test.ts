import { describe, expect, it } from 'vitest';
import { makeFaces, type MadePerson } from '../../../test/fixtures/make-faces.ts';
import type { FaceSample } from '../../domain/face.ts';
import { framedCropAt, type Framing } from '../../domain/framing.ts';
import type { PictureDetail } from '../../domain/shot.ts';
import { framePicture, type FrameRequest } from './frame.ts';

const length = 250;
const still =
  (x: number, y: number): MadePerson['at'] =>
  () => [x, y];
const person = { at: still(950, 250), height: 90 };

/** What looking would find of people who are turned away: looks at every third frame, for people once a second. */
function turnedAway(people: readonly MadePerson[]): FaceSample[] {
  return makeFaces(people, 0, length).map(({ frame, faces }) => {
    const persons = faces.map(({ x, y, width, height }) => ({ x, y, width, height, score: 0.7 }));
    return frame % 27 === 0 ? { frame, faces: [], persons } : { frame, faces: [] };
  });
}

/** Frames one shot of 10 s, of 1280 × 720 for 9:16. */
function frame(faces: readonly FaceSample[], change: Partial<FrameRequest> = {}): Framing {
  return framePicture({
    shots: [{ startFrame: 0, endFrame: length }],
    faces,
    frameRate: { num: 25, den: 1 },
    picture: { width: 1280, height: 720 },
    canvas: { width: 1080, height: 1920 },
    ...change,
  });
}

/** Where in the crop of a frame a point lies, in parts of it. */
function seenAt({ shots }: Framing, at: number, x: number, y: number) {
  const shot = shots.find(({ startFrame, endFrame }) => startFrame <= at && at < endFrame)!;
  const crop = framedCropAt(shot.crops, at)!;
  return { across: (x - crop.x) / crop.width, down: (y - crop.y) / crop.height, crop };
}

const photograph: PictureDetail = {
  frame: 120,
  edges: 0.1,
  plain: 0.1,
  cells: Array.from({ length: 144 }, () => 60),
};

describe('people of whom no face is seen', () => {
  it('are what the camera is on, with headroom, and never speak', () => {
    const framing = frame(turnedAway([person]), {
      speech: [{ startMs: 0, endMs: 10_000 }],
      details: [photograph],
    });
    expect(framing.shots).toHaveLength(1);
    expect(framing.shots[0]).toMatchObject({
      layout: 'fill',
      reason: 'no face is seen, a person is',
      trackIds: ['p1'],
    });
    expect(framing.tracks.map(({ id, speaking }) => [id, speaking])).toEqual([['p1', []]]);
    for (const at of [0, 100, 249]) {
      const { across, down, crop } = seenAt(framing, at, 950, 250);
      expect(across).toBeCloseTo(0.5, 1);
      expect(down).toBeLessThan(0.45);
      expect(250 - 0.7 * 90).toBeGreaterThan(crop.y);
    }
  });

  it('are followed as they walk, in one path', () => {
    const at = (now: number): [number, number] => [250 + 2.5 * now, 250];
    const framing = frame(turnedAway([{ at, height: 90 }]));
    expect(framing.shots).toHaveLength(1);
    for (let now = 0; now < length; now += 5) {
      const { across } = seenAt(framing, now, at(now)[0], 250);
      expect(across).toBeGreaterThan(0.1);
      expect(across).toBeLessThan(0.9);
    }
  });

  it('are held together where one crop does, and else the one who stands out is shown', () => {
    const near = [850, 980].map((x): MadePerson => ({ at: still(x, 250), height: 110 }));
    const together = frame(turnedAway(near));
    expect(together.shots[0]!.reason).toBe('no face is seen, persons are');
    expect(together.shots[0]!.trackIds).toHaveLength(2);
    const apart = frame(turnedAway([person, { at: still(200, 250), height: 140 }]));
    expect(apart.shots[0]!.reason).toBe('no face is seen, a person is');
    expect(seenAt(apart, 100, 200, 250).across).toBeLessThan(0.9);
  });

  it('are missed at a look now and then, and nobody when seen at one look only', () => {
    const seenAtLooks = (keep: (frame: number) => boolean) =>
      turnedAway([person]).map((sample) =>
        sample.persons === undefined || keep(sample.frame)
          ? sample
          : { frame: sample.frame, faces: [], persons: [] },
      );
    const missed = frame(seenAtLooks((at) => at !== 108));
    expect(missed.tracks).toHaveLength(1);
    expect(missed.shots[0]!.crops).toHaveLength(1);
    expect(frame(seenAtLooks((at) => at === 81)).shots[0]!.reason).toBe('no face is seen');
  });

  it('are filled with, however near, and do not cut up a slide', () => {
    const near = frame(turnedAway([{ at: still(640, 360), height: 640 }]));
    expect(near.shots[0]!.layout).toBe('fill');
    const slide = { ...photograph, edges: 0.7, plain: 0.8 };
    expect(frame(turnedAway([person]), { details: [slide] }).shots[0]!.layout).toBe('fit');
    const corner = frame(turnedAway([{ at: still(1180, 620), height: 110 }]), { details: [slide] });
    expect(corner.shots[0]!.layout).toBe('fit');
  });

  it('count only in shots without a face', () => {
    const face = makeFaces([{ at: still(300, 300), height: 150 }], 0, length);
    const both = turnedAway([person]).map((sample, index) => (index < 40 ? face[index]! : sample));
    const framing = frame(both);
    expect(framing.tracks).toHaveLength(1);
    expect(framing.shots[0]!.reason).toBe('the face');
    expect(seenAt(framing, 200, 300, 300).across).toBeCloseTo(0.5, 1);
    const shots = [
      { startFrame: 0, endFrame: 120 },
      { startFrame: 120, endFrame: length },
    ];
    const cut = frame(both, { shots });
    expect(cut.shots.map(({ reason }) => reason)).toEqual(['the face', 'no face is seen, a person is']);
    expect(cut.shots.map(({ trackIds }) => trackIds)).toEqual([['p1'], ['p2']]);
  });
});
