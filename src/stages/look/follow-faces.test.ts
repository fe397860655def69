import { describe, expect, it } from 'vitest';
import type { FaceReply, FaceRequest, SeenFace, SeenPerson } from '../../inference/face-finder.ts';
import { facesEveryFrames, facesWidth, followFaces } from './follow-faces.ts';

const rate = { num: 25, den: 1 };
const face: SeenFace = {
  x: 10,
  y: 5,
  width: 8,
  height: 10,
  score: 0.9,
  eyeLeft: { x: 12, y: 8 },
  eyeRight: { x: 16, y: 12 },
  mouthOpen: 0.1234,
};

/** A finder that answers with these, one after the other, and notes what it was asked. */
function scripted(replies: readonly FaceReply[], persons: SeenPerson[] = []) {
  const asked: FaceRequest[] = [];
  const looked = { forPersons: 0 };
  return {
    asked,
    looked,
    finder: {
      look: (request: FaceRequest) => {
        asked.push(request);
        return Promise.resolve(replies[asked.length - 1] ?? { faces: [], found: false });
      },
      findPersons: () => {
        looked.forPersons += 1;
        return Promise.resolve(persons);
      },
      close: () => Promise.resolve(),
    },
  };
}

function frameOf(frame: number, brightness: number) {
  const data = new Uint8Array(32 * 18 * 3).fill(brightness);
  return { size: 'faces', frame, width: 32, height: 18, data };
}

const seen = (...faces: SeenFace[]): FaceReply => ({ faces, found: true });

describe('how often is looked', () => {
  it('is at least eight times a second, whatever the rate', () => {
    expect(facesEveryFrames({ num: 24, den: 1 })).toBe(3);
    expect(facesEveryFrames({ num: 30_000, den: 1001 })).toBe(3);
    expect(facesEveryFrames({ num: 60, den: 1 })).toBe(7);
    expect(facesEveryFrames({ num: 5, den: 1 })).toBe(1);
  });

  it('looks at as many pixels whatever the shape, and never at more than there are', () => {
    expect(facesWidth(1920, 1080)).toBe(640);
    expect(facesWidth(1080, 1920)).toBe(360);
    expect(facesWidth(320, 180)).toBe(320);
  });
});

describe('following', () => {
  it('looks thoroughly first, then near the face, then quickly over the picture', async () => {
    const { asked, finder } = scripted([seen(face), { faces: [{ ...face, followed: 0 }], found: false }]);
    const follower = followFaces(finder, rate, 3);
    const first = await follower.look(frameOf(0, 100));
    await follower.look(frameOf(3, 100));
    await follower.look(frameOf(30, 100));
    expect(asked.map(({ find }) => find)).toEqual(['thorough', 'never', 'quick']);
    expect(asked.map(({ near }) => near.length)).toEqual([0, 1, 1]);
    expect(asked[1]!.near[0]).toMatchObject({ x: 10, width: 8, turn: Math.PI / 4 });
    expect(first).toEqual({
      frame: 0,
      faces: [
        {
          x: 30,
          y: 15,
          width: 24,
          height: 30,
          score: 0.9,
          eyeLeft: { x: 36, y: 24 },
          eyeRight: { x: 48, y: 36 },
          mouthOpen: 0.123,
        },
      ],
    });
  });

  it('begins anew at a cut', async () => {
    const { asked, finder } = scripted([seen(face), seen(face)]);
    const follower = followFaces(finder, rate, 1);
    await follower.look(frameOf(0, 100));
    await follower.look(frameOf(3, 180));
    expect(asked[1]).toMatchObject({ find: 'thorough', near: [], describe: true });
  });

  it('holds a lost face without its features until the detector looks again', async () => {
    const { asked, finder } = scripted([seen(face), { faces: [], found: false }, seen()]);
    const follower = followFaces(finder, rate, 1);
    await follower.look(frameOf(0, 100));
    const held = await follower.look(frameOf(3, 100));
    const gone = await follower.look(frameOf(6, 100));
    expect(held.faces).toEqual([{ x: 10, y: 5, width: 8, height: 10, score: 0.63 }]);
    expect(asked[2]!.find).toBe('when-lost');
    expect(gone.faces).toEqual([]);
  });

  it('looks twice as often over a picture in which something moves', async () => {
    const { asked, finder } = scripted([seen(face), seen(face)]);
    const follower = followFaces(finder, rate, 1);
    await follower.look(frameOf(0, 100));
    await follower.look(frameOf(13, 110));
    const still = scripted([seen(face)]);
    const other = followFaces(still.finder, rate, 1);
    await other.look(frameOf(0, 100));
    await other.look(frameOf(13, 100));
    expect(asked[1]!.find).toBe('quick');
    expect(still.asked[1]!.find).toBe('when-lost');
  });

  it('looks for small faces again and again only where there is no large one', async () => {
    const small = { ...face, width: 1, height: 1 };
    for (const [there, find] of [
      [face, 'quick'],
      [small, 'thorough'],
    ] as const) {
      const { asked, finder } = scripted([seen(there)]);
      const follower = followFaces(finder, rate, 1);
      await follower.look(frameOf(0, 100));
      await follower.look(frameOf(50, 100));
      expect(asked[1]!.find).toBe(find);
    }
  });

  it('looks for people where no face is: at once, then once a second, and again at a cut', async () => {
    const person = { x: 10, y: -2, width: 6, height: 8, score: 0.7 };
    const { looked, finder } = scripted([], [person]);
    const follower = followFaces(finder, rate, 3);
    const samples = [];
    for (let frame = 0; frame <= 60; frame += 3) samples.push(await follower.look(frameOf(frame, 100)));
    samples.push(await follower.look(frameOf(63, 200)));
    const withPersons = samples.filter(({ persons }) => persons !== undefined);
    expect(withPersons.map(({ frame }) => frame)).toEqual([0, 27, 54, 63]);
    expect(withPersons[0]).toEqual({
      frame: 0,
      faces: [],
      persons: [{ x: 30, y: -6, width: 18, height: 24, score: 0.7 }],
    });
    expect(looked.forPersons).toBe(4);
  });

  it('looks for no people while a face is seen, nor within a second of it', async () => {
    const { looked, finder } = scripted([seen(face), seen(face), ...Array.from({ length: 8 }, () => seen())]);
    const follower = followFaces(finder, rate, 1);
    for (let frame = 0; frame <= 27; frame += 3) await follower.look(frameOf(frame, 100));
    expect(looked.forPersons).toBe(0);
    expect(await follower.look(frameOf(30, 100))).toEqual({ frame: 30, faces: [], persons: [] });
  });

  it('describes persons once a second', async () => {
    const { asked, finder } = scripted([seen(face), seen(face), seen(face)]);
    const follower = followFaces(finder, rate, 1);
    for (const frame of [0, 12, 25]) await follower.look(frameOf(frame, 100));
    expect(asked.map((request) => request.describe)).toEqual([true, false, true]);
  });
});
