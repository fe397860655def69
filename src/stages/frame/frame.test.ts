import { describe, expect, it } from 'vitest';
import { makeFaces, type MadePerson } from '../../../test/fixtures/make-faces.ts';
import { framedCropAt, framingSchema, type Framing } from '../../domain/framing.ts';
import type { PictureDetail } from '../../domain/shot.ts';
import { framePicture, type FrameRequest } from './frame.ts';

const wide = { width: 1280, height: 720 };
const upright = { width: 1080, height: 1920 };
const length = 250;

const still =
  (x: number, y: number): MadePerson['at'] =>
  () => [x, y];

/** Frames people of one shot of 10 s, of 1280 × 720 for 9:16, and checks what always holds. */
function frame(people: readonly MadePerson[], change: Partial<FrameRequest> = {}): Framing {
  const framing = framePicture({
    shots: [{ startFrame: 0, endFrame: length }],
    faces: makeFaces(people, 0, length),
    frameRate: { num: 25, den: 1 },
    picture: wide,
    canvas: upright,
    ...change,
  });
  expect(framingSchema.safeParse(framing).error).toBeUndefined();
  const { width, height } = framing;
  for (const shot of framing.shots) {
    for (const { crops, place } of shot.panes ?? [{ crops: shot.crops, place: undefined }]) {
      const isWhole = crops[0]?.width === width && crops[0].height === height;
      const shape = place ?? framing.canvas;
      for (const [index, crop] of crops.entries()) {
        expect(crop.frame).toBeGreaterThan(crops[index - 1]?.frame ?? shot.startFrame - 1);
        expect(crop.frame).toBeLessThan(shot.endFrame);
        expect(Math.min(crop.x, crop.y)).toBeGreaterThanOrEqual(0);
        expect(crop.x + crop.width).toBeLessThanOrEqual(width + 0.001);
        expect(crop.y + crop.height).toBeLessThanOrEqual(height + 0.001);
        if (!isWhole) expect(crop.width / crop.height).toBeCloseTo(shape.width / shape.height, 3);
      }
    }
  }
  return framing;
}

const layoutsOf = ({ shots }: Framing) => shots.map(({ layout }) => layout);

/** The crop of a frame, and where in it a point lies, in parts of it. */
function seenAt({ shots }: Framing, at: number, x: number, y: number) {
  const shot = shots.find(({ startFrame, endFrame }) => startFrame <= at && at < endFrame)!;
  const crop = framedCropAt(shot.crops, at)!;
  return { across: (x - crop.x) / crop.width, down: (y - crop.y) / crop.height, crop };
}

/** What a picture looks like that is drawn or written, and one that is not. */
const detail = (change: Partial<PictureDetail> = {}): PictureDetail => ({
  frame: 120,
  edges: 0.1,
  plain: 0.1,
  cells: Array.from({ length: 144 }, () => 60),
  ...change,
});
const slide = detail({ edges: 0.7, plain: 0.8 });

describe('one person', () => {
  it('is framed with the eyes near the upper third, large enough, and the camera stands still', () => {
    const framing = frame([{ at: still(900, 300), height: 150 }]);
    expect(layoutsOf(framing)).toEqual(['fill']);
    expect(framing.shots[0]?.crops).toHaveLength(1);
    const { across, down } = seenAt(framing, 100, 900, 300 - 0.14 * 150);
    expect(across).toBeGreaterThan(0.38);
    expect(across).toBeLessThan(0.62);
    expect(down).toBeGreaterThan(0.28);
    expect(down).toBeLessThan(0.45);
  });

  it('is zoomed in on where the face is tiny, to an eighth of the height at least, as far as the picture bears it', () => {
    const framing = frame([{ at: still(640, 330), height: 55 }]);
    expect(55 / framing.shots[0]!.crops[0]!.height).toBeGreaterThan(0.12);
  });

  it('gets room where they look, and headroom', () => {
    const looking = makeFaces([{ at: still(640, 300), height: 160 }], 0, length).map(
      ({ frame: at, faces }) => ({
        frame: at,
        faces: faces.map((face) =>
          Object.assign({}, face, {
            eyeLeft: { x: face.eyeLeft!.x + 25, y: face.eyeLeft!.y },
            eyeRight: { x: face.eyeRight!.x + 25, y: face.eyeRight!.y },
          }),
        ),
      }),
    );
    const { across, crop } = seenAt(frame([], { faces: looking }), 50, 640, 300);
    expect(across).toBeLessThan(0.5);
    expect(300 - 80 - 0.2 * 160).toBeGreaterThan(crop.y);
  });

  it('who walks through the picture is followed and never cut', () => {
    const at = (now: number): [number, number] => [250 + 3 * now, 320];
    const framing = frame([{ at, height: 130 }]);
    expect(framing.shots[0]!.crops.length).toBeGreaterThan(2);
    for (let now = 0; now < length; now += 5) {
      const { across } = seenAt(framing, now, at(now)[0], 320);
      expect(across).toBeGreaterThan(0.15);
      expect(across).toBeLessThan(0.85);
    }
  });

  it('who comes nearer is given room in one slow zoom', () => {
    const framing = frame([{ at: still(640, 340), height: (now) => 70 + now }]);
    const heights = framing.shots[0]!.crops.map(({ height }) => height);
    expect(heights.at(-1)! / heights[0]!).toBeGreaterThan(1.1);
    for (const at of [0, 120, 245]) {
      const { crop } = seenAt(framing, at, 0, 0);
      expect((70 + at) / crop.height).toBeGreaterThan(0.12);
    }
  });

  it.each([
    ['in profile or behind a mask, whose mouth cannot be seen', { isFeatureless: true }],
    ['in the dark or blurred, found unsurely', { score: 0.4 }],
  ])('%s is framed all the same', (_, how) => {
    const framing = frame([{ at: still(300, 300), height: 140, ...how }], {
      speech: [{ startMs: 0, endMs: 10_000 }],
    });
    expect(layoutsOf(framing)).toEqual(['fill']);
    expect(seenAt(framing, 100, 300, 300).across).toBeCloseTo(0.5, 1);
  });

  it('who is away for a while is waited for', () => {
    const at = (now: number) => (now > 80 && now < 130 ? undefined : ([400, 300] as const));
    const framing = frame([{ at, height: 140 }]);
    expect(framing.shots[0]!.crops).toHaveLength(1);
  });

  it('whose box is too large in single looks, over a mask or a hand, is framed as the looks around say', () => {
    const height = (now: number) => (now % 24 === 12 ? 640 : 440);
    const framing = frame([{ at: still(640, 360), height }]);
    expect(layoutsOf(framing)).toEqual(['fill']);
    expect(Math.max(...framing.tracks[0]!.boxes.map((box) => box.height))).toBeLessThan(450);
  });

  it('larger than any crop is shown whole over a blurred fill, unless fill was asked for', () => {
    const person = { at: still(640, 360), height: 640 };
    expect(layoutsOf(frame([person]))).toEqual(['fit']);
    expect(layoutsOf(frame([person], { wish: { layout: 'fill' } }))).toEqual(['fill']);
  });
});

describe('several people', () => {
  const left = { at: still(250, 320), height: 150, who: 1 };
  const right = { at: still(1030, 300), height: 150, who: 2 };

  it('who speak by turns are each shown while they speak: the camera cuts, and stands still in between', () => {
    const framing = frame([
      { ...left, speaks: [[0, 110]] },
      { ...right, speaks: [[125, 250]] },
    ]);
    expect(framing.shots.map(({ trackIds }) => trackIds)).toEqual([['p1'], ['p2']]);
    expect(framing.shots[1]!.startFrame).toBeGreaterThan(100);
    expect(framing.shots[1]!.startFrame).toBeLessThan(126);
    for (const { crops } of framing.shots) expect(crops).toHaveLength(1);
    expect(framing.tracks.map(({ speaking }) => speaking.length)).toEqual([1, 1]);
  });

  it('are not cut to for a word of less than a second', () => {
    const framing = frame([
      { ...left, speaks: [[0, 100], [115, 250]] }, // prettier-ignore
      { ...right, speaks: [[102, 114]] },
    ]);
    expect(framing.shots).toHaveLength(1);
  });

  it('who stand close together are held together', () => {
    const framing = frame([
      { at: still(570, 300), height: 120, speaks: [[0, 110]] },
      { at: still(720, 320), height: 120, speaks: [[125, 250]] },
    ]);
    expect(framing.shots).toHaveLength(1);
    const { across } = seenAt(framing, 60, 645, 300);
    expect(across).toBeCloseTo(0.5, 1);
  });

  it('of whom nobody speaks: the one who stands out is shown, also where mouths move in a silent film', () => {
    const framing = frame([
      { at: still(700, 300), height: 190 },
      { ...left, height: 120, speaks: [[0, 250]] },
    ], { speech: [] }); // prettier-ignore
    expect(framing.shots).toHaveLength(1);
    expect(seenAt(framing, 60, 700, 300).across).toBeCloseTo(0.5, 1);
    expect(framing.tracks.every(({ speaking }) => speaking.length === 0)).toBe(true);
  });

  it('by turns and quickly are shown one above the other, and in panes where there are three', () => {
    const turns = (first: number, every: number) =>
      Array.from({ length: 9 }, (_, index) => [first + index * every, first + index * every + 28] as const);
    const two = frame([
      { ...left, speaks: turns(0, 60) },
      { ...right, speaks: turns(30, 60) },
    ]);
    expect(layoutsOf(two)).toEqual(['split']);
    expect(two.shots[0]!.panes!.map(({ place }) => place.y)).toEqual([0, 960]);
    expect(two.shots[0]!.panes!.map(({ trackId }) => trackId)).toEqual(['p1', 'p2']);
    const middle = { at: still(640, 310), height: 150, who: 3 };
    const three = frame(
      [left, middle, right].map((person, index) =>
        Object.assign({}, person, { speaks: turns(index * 30, 90) }),
      ),
    );
    expect(layoutsOf(three)).toEqual(['panes']);
    expect(three.shots[0]!.panes).toHaveLength(3);
  });

  it('eight of whom nobody speaks are shown whole, since no crop holds the group', () => {
    const eight = Array.from({ length: 8 }, (_, index): MadePerson => ({
      at: still(100 + index * 150, 300),
      height: 90,
    }));
    const framing = frame(eight);
    expect(layoutsOf(framing)).toEqual(['fit']);
    expect(framing.shots[0]!.reason).toContain('8');
    const talking = frame(eight.with(5, { ...eight[5]!, speaks: [[0, 250]] }));
    expect(layoutsOf(talking)).toEqual(['fill']);
    expect(talking.shots[0]!.trackIds).toEqual(['p6']);
  });

  it('of whom a second pair comes when the first has left are no group', () => {
    const during =
      (x: number, from: number, to: number): MadePerson['at'] =>
      (now) =>
        now >= from && now < to ? [x, 300] : undefined;
    const framing = frame([
      { at: during(250, 0, 120), height: 150, who: 1 },
      { at: during(1030, 0, 120), height: 150, who: 2 },
      { at: during(300, 125, 250), height: 150, who: 3 },
      { at: during(1000, 125, 250), height: 150, who: 4 },
    ]);
    expect(layoutsOf(framing)).not.toContain('fit');
  });

  it('are asked for by side or by name', () => {
    const people = [{ ...left, speaks: [[0, 250]] as const }, right];
    const shown = (focus: string) => frame(people, { wish: { focus } }).shots[0]!.trackIds;
    expect(shown('left')).toEqual(['p1']);
    expect(shown('right')).toEqual(['p2']);
    expect(shown('p2')).toEqual(['p2']);
  });

  it('in a poster, small and still, never take the picture from who speaks; nor does a face of one frame', () => {
    const poster = { at: still(1100, 150), height: 60 };
    const speaker = { ...left, speaks: [[0, 250]] as const };
    const flash = { at: (now: number) => (now === 99 ? ([900, 500] as const) : undefined), height: 200 };
    const framing = frame([speaker, poster, flash]);
    expect(framing.shots.map(({ trackIds }) => trackIds)).toEqual([['p1']]);
    expect(framing.tracks).toHaveLength(2);
  });
});

describe('shots', () => {
  it('are never panned across: every cut of the source begins another path, and the same person keeps an id', () => {
    const one = makeFaces([{ at: still(300, 300), height: 150, who: 1 }], 0, 100);
    const other = makeFaces([{ at: still(1000, 300), height: 150, who: 1 }], 100, 200);
    const third = makeFaces([{ at: still(640, 300), height: 150, who: 2 }], 200, 250);
    const framing = frame([], {
      shots: [
        { startFrame: 0, endFrame: 100 },
        { startFrame: 100, endFrame: 200 },
        { startFrame: 200, endFrame: 250 },
      ],
      faces: [...one, ...other, ...third],
    });
    expect(framing.shots.map(({ startFrame }) => startFrame)).toEqual([0, 100, 200]);
    expect(framing.shots.every(({ crops }) => crops.length === 1)).toBe(true);
    expect(framing.shots.map(({ trackIds }) => trackIds[0])).toEqual(['p1', 'p1', 'p2']);
  });

  it('of no frame, of one, and none at all are nothing to stumble over', () => {
    expect(frame([], { shots: [], faces: [] }).shots).toEqual([]);
    const one = frame([{ at: still(300, 300), height: 150 }], { shots: [{ startFrame: 0, endFrame: 1 }] });
    expect(one.shots).toHaveLength(1);
  });

  it('never jump within themselves, however people come, go and leap about', () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const random = (index: number) => Math.abs(Math.sin(seed * 97.3 + index * 13.7) * 1000) % 1;
      const people = Array.from({ length: 3 }, (_, index): MadePerson => ({
        at: (now) => {
          const part = Math.floor(now / 40);
          if (random(part * 3 + index) < 0.3) return undefined;
          return [100 + 1080 * random(part * 5 + index), 150 + 400 * random(part * 7 + index)];
        },
        height: 60 + 120 * random(index),
        speaks: [[Math.floor(200 * random(index)), 250]],
      }));
      for (const { startFrame, endFrame, crops } of frame(people).shots) {
        for (let now = startFrame + 1; now < endFrame; now += 1) {
          const [before, after] = [framedCropAt(crops, now - 1)!, framedCropAt(crops, now)!];
          expect(Math.abs(after.x - before.x) / after.width).toBeLessThan(0.15);
        }
      }
    }
  });
});

describe('without a face', () => {
  it('a scene is cut to its middle, or to where there is most to see', () => {
    const plain = frame([], { details: [detail()] });
    expect(layoutsOf(plain)).toEqual(['fill']);
    expect(seenAt(plain, 10, 640, 360).across).toBeCloseTo(0.5, 2);
    const cells = Array.from({ length: 144 }, (_, cell) => (cell % 16 < 5 ? 200 : 10));
    expect(seenAt(frame([], { details: [detail({ cells })] }), 10, 200, 360).across).toBeCloseTo(0.5, 0);
    expect(layoutsOf(frame([]))).toEqual(['fill']);
  });

  it('a screen or a slide is shown whole, and a word in the middle of a plain one is cut to', () => {
    expect(layoutsOf(frame([], { details: [slide] }))).toEqual(['fit']);
    const cells = Array.from({ length: 144 }, (_, cell) => (cell % 16 > 5 && cell % 16 < 10 ? 200 : 0));
    expect(layoutsOf(frame([], { details: [{ ...slide, cells }] }))).toEqual(['fill']);
  });
});

describe('a screen with a face in its corner', () => {
  const corner = { at: still(1180, 620), height: 110 };

  it('has the screen above and the face below', () => {
    const framing = frame([corner], { details: [slide] });
    expect(layoutsOf(framing)).toEqual(['screen']);
    const [screen, face] = framing.shots[0]!.panes!;
    expect(screen!.crops[0]).toMatchObject({ x: 0, y: 0, width: 1280, height: 720 });
    expect(screen!.place.height).toBe(608);
    expect(face!.place.y).toBe(608);
    const crop = face!.crops[0]!;
    expect(crop.x).toBeLessThan(1180 - 44);
    expect(crop.x + crop.width).toBeGreaterThan(1180 + 44);
    // Large in its pane, which shows little else of the screen.
    expect(110 / crop.height).toBeGreaterThan(0.25);
  });

  it('is no screen where the rest of the picture is a room', () => {
    expect(layoutsOf(frame([corner], { details: [detail()] }))).toEqual(['fill']);
  });
});

describe('what is asked for', () => {
  const people = [
    { at: still(250, 320), height: 150, speaks: [[0, 110]] as const },
    { at: still(1030, 300), height: 150, speaks: [[125, 250]] as const },
  ];

  it('holds for everything, or for a range', () => {
    expect(layoutsOf(frame(people, { wish: { layout: 'fit' } }))).toEqual(['fit']);
    expect(layoutsOf(frame(people, { wish: { layout: 'split' } }))).toEqual(['split']);
    // The screen stays, and below it is whoever speaks.
    const screen = frame(people, { wish: { layout: 'screen' } });
    expect(layoutsOf(screen)).toEqual(['screen', 'screen']);
    expect(screen.shots.map(({ trackIds }) => trackIds)).toEqual([['p1'], ['p2']]);
    const asked = frame(people, { wish: { layout: 'screen', focus: 'right' } });
    expect(asked.shots.map(({ trackIds }) => trackIds)).toEqual([['p2']]);
    const ranged = frame(people, { rangedWishes: [{ startMs: 4000, endMs: 6000, layout: 'fit' }] });
    expect(ranged.shots.map(({ layout, startFrame }) => [layout, startFrame])).toEqual([
      ['fill', 0],
      ['fit', 100],
      ['fill', 150],
    ]);
  });

  it('is done without, where there is nobody to split', () => {
    expect(layoutsOf(frame([people[0]!], { wish: { layout: 'split' } }))).toEqual(['fill']);
    expect(layoutsOf(frame([], { wish: { layout: 'split' } }))).toEqual(['fill']);
    const near = { at: still(640, 360), height: 640 };
    expect(layoutsOf(frame([near], { wish: { layout: 'split' } }))).toEqual(['fit']);
  });
});

describe('shapes', () => {
  const person = { at: still(640, 300), height: 150 };

  it('that the picture has already are left as they are', () => {
    expect(layoutsOf(frame([person], { canvas: { width: 1920, height: 1080 } }))).toEqual(['whole']);
  });

  it.each([
    ['4:5', { width: 1080, height: 1350 }],
    ['1:1', { width: 1080, height: 1080 }],
  ])('of %s are filled', (_, canvas) => {
    expect(layoutsOf(frame([person], { canvas }))).toEqual(['fill']);
  });

  it('upright pictures into wide ones are filled where the face fits, and shown whole where it does not', () => {
    const picture = { width: 1080, height: 1920 };
    const canvas = { width: 1920, height: 1080 };
    const small = frame([{ at: still(540, 700), height: 300 }], { picture, canvas });
    expect(layoutsOf(small)).toEqual(['fill']);
    expect(seenAt(small, 10, 540, 700 - 0.14 * 300).down).toBeLessThan(0.5);
    expect(layoutsOf(frame([{ at: still(540, 700), height: 800 }], { picture, canvas }))).toEqual(['fit']);
  });
});
