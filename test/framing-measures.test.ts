import { describe, expect, it } from 'vitest';
import { compareIdentities, findJumps } from '../bench/framing-measures.ts';
import type { FramedCrop, FramedTrack, Framing } from '../src/domain/framing.ts';

/** The benches of framing count what should never be: here they are shown it. */

const crop = (frame: number, x: number, width = 400): FramedCrop => ({
  frame,
  x,
  y: 0,
  width,
  height: (width * 16) / 9,
});

function framingOf(paths: readonly (readonly FramedCrop[])[], tracks: readonly FramedTrack[] = []): Framing {
  return {
    version: 1,
    frameRate: { num: 25, den: 1 },
    width: 1280,
    height: 720,
    canvas: { width: 1080, height: 1920 },
    shots: paths.map((crops, index) => ({
      startFrame: index * 100,
      endFrame: index * 100 + 100,
      layout: 'fill',
      reason: '',
      trackIds: [],
      crops,
    })),
    tracks,
  };
}

describe('jumps', () => {
  it('are none where the camera stands, or pans, however fast it eases', () => {
    const eased = Array.from({ length: 30 }, (_, index) =>
      crop(30 + index, 100 + 600 * (0.5 - 0.5 * Math.cos((Math.PI * index) / 29))),
    );
    expect(findJumps(framingOf([[crop(0, 100)], [crop(100, 100)]]), { cuts: [] })).toEqual([]);
    expect(findJumps(framingOf([eased]), { cuts: [] })).toEqual([]);
  });

  it('are found within a take, small ones and those of size too, whatever is cut or said', () => {
    const jump = framingOf([[crop(0, 100), crop(50, 100), crop(51, 120), crop(99, 120)]]);
    expect(findJumps(jump, { cuts: [51], turns: [50] })).toEqual([51]);
    const zoom = framingOf([[crop(0, 100), crop(50, 100), crop(51, 80, 440)]]);
    expect(findJumps(zoom, { cuts: [] })).toEqual([51]);
  });

  it('are found between takes, unless the source is cut there or the speaker changes', () => {
    const cut = framingOf([[crop(0, 100)], [crop(100, 110)]]);
    expect(findJumps(cut, { cuts: [] })).toEqual([100]);
    expect(findJumps(cut, { cuts: [97], turns: [60] })).toEqual([100]);
    expect(findJumps(cut, { cuts: [100] })).toEqual([]);
    expect(findJumps(cut, { cuts: [], turns: [110] })).toEqual([]);
  });

  it('are found where the layout changes for no reason', () => {
    const framing = framingOf([[crop(0, 100)], [crop(100, 100)]]);
    const [first, second] = framing.shots;
    const changed: Framing = { ...framing, shots: [first!, { ...second!, layout: 'fit' }] };
    expect(findJumps(changed, { cuts: [] })).toEqual([100]);
  });
});

describe('identities', () => {
  const track = (id: string, frames: readonly number[], x: number): FramedTrack => ({
    id,
    boxes: frames.map((frame) => ({ frame, x, y: 0, width: 50, height: 50 })),
    speaking: [],
  });
  const whoIs = (_: number, { x }: { x: number }) => (x < 500 ? 'left' : 'right');

  it('that stay are no switches, also where one face has two ids for a while', () => {
    const framing = framingOf(
      [],
      [track('p1', [0, 3, 6, 9], 100), track('p3', [3, 6], 110), track('p2', [0, 9], 900)],
    );
    const found = compareIdentities(framing, whoIs);
    expect(found).toMatchObject({ switchesWithin: 0, switchesAcross: 0, mixed: [] });
    expect(Object.fromEntries(found.people)).toEqual({ left: ['p1'], right: ['p2'] });
  });

  it('that change are counted, within a shot and over a cut, and those that two people share are named', () => {
    const framing = framingOf(
      [],
      [
        track('p1', [0, 3], 100),
        track('p2', [6, 9], 100),
        track('p1', [6], 900),
        track('p4', [12], 900),
        track('p1', [15], 900),
      ],
    );
    const found = compareIdentities(framing, whoIs, [10]);
    expect(found).toMatchObject({ switchesWithin: 2, switchesAcross: 1, mixed: ['p1'] });
    expect(found.people.get('left')).toEqual(['p1', 'p2']);
  });
});
