import { describe, expect, it } from 'vitest';
import { makeFaces, type MadePerson } from '../../../test/fixtures/make-faces.ts';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import { lookOf } from '../../domain/caption-style.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Seen } from '../../domain/shot.ts';
import type { Source } from '../../domain/source.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { groupSentences, type Transcript } from '../../domain/transcript.ts';
import { captionBoxes } from '../captions/layout.ts';
import type { PlanOptions } from './plan-request.ts';
import { planTimeline } from './plan.ts';

const source: Source = {
  path: '/films/talk.mp4',
  contentHash: `sha256:${'ab'.repeat(32)}`,
  info: {
    container: 'mov',
    durationMs: 20_000,
    sizeBytes: 1,
    video: [
      makeVideoStream({
        width: 1280,
        height: 720,
        displayWidth: 1280,
        displayHeight: 720,
        frameRate: { num: 25, den: 1 },
      }),
    ],
    audio: [],
    tags: {},
  },
};

const words = Array.from({ length: 40 }, (_, index) => ({
  text: `word${index}`,
  startMs: 2000 + index * 250,
  endMs: 2200 + index * 250,
  confidence: 1,
}));

const transcript: Transcript = {
  version: 1,
  language: 'en',
  source: 'test',
  durationMs: 20_000,
  words,
  sentences: groupSentences(words),
  speech: [{ startMs: 2000, endMs: 12_000 }],
  fillers: [],
};

const moment: Moment = {
  startMs: 2000,
  endMs: 12_000,
  score: 0.5,
  reasons: [],
  sentenceStart: 0,
  sentenceEnd: 1,
  title: 'A talk',
  text: 'words',
  chosenBy: 'user',
};

function seenOf(people: readonly MadePerson[], cuts: readonly number[] = []): Seen {
  const bounds = [0, ...cuts, 500];
  return {
    startMs: 0,
    endMs: 20_000,
    frameRate: { num: 25, den: 1 },
    shots: bounds.slice(1).map((endFrame, index) => ({
      startFrame: bounds[index] ?? 0,
      endFrame,
      startsWith: index === 0 ? ('start' as const) : ('cut' as const),
    })),
    pictures: [],
    faces: makeFaces(people, 0, 500),
    details: [],
  };
}

function plan(
  people: readonly MadePerson[],
  options: PlanOptions = {},
  cuts: readonly number[] = [],
): Timeline {
  const look = lookOf({ style: 'clean' });
  const seen = seenOf(people, cuts);
  const request = { source, moment, transcript, seen, options: { captionLook: look, ...options } };
  return parseTimeline(JSON.parse(JSON.stringify(planTimeline(request))));
}

const pictures = ({ tracks }: Timeline) => tracks.filter(({ kind }) => kind === 'video');
const left: MadePerson = { at: () => [250, 320], height: 150, speaks: [[0, 160]] };
const right: MadePerson = { at: () => [1030, 300], height: 150, speaks: [[175, 500]] };

describe('a plan of a framed picture', () => {
  it('has a clip for each camera, cut where the speaker changes, and says why', () => {
    const timeline = plan([left, right]);
    const [track] = pictures(timeline);
    expect(track!.clips).toHaveLength(2);
    const [first, second] = track!.clips.map(({ effects }) => effects[0]!);
    const xOf = (effect: typeof first) => (effect?.kind === 'crop' ? effect.keyframes[0]!.x : -1);
    expect(xOf(first)).toBeLessThan(250);
    expect(xOf(second)).toBeGreaterThan(700);
    expect(JSON.stringify(timeline.metadata)).toContain('p2 speaks');
  });

  it('moves the crop with who walks, in frames of the clip, through a cut of the source anew', () => {
    const walker: MadePerson = { at: (frame) => [200 + 1.8 * frame, 330], height: 120 };
    const [track] = pictures(plan([walker], {}, [150]));
    expect(track!.clips.map(({ startFrame }) => startFrame)).toEqual([0, 100]);
    for (const clip of track!.clips) {
      const crop = clip.effects.find((effect) => effect.kind === 'crop')!;
      expect(crop.keyframes[0]!.frame).toBe(0);
      expect(crop.keyframes.length).toBeGreaterThan(1);
      expect(crop.keyframes.at(-1)!.frame).toBeLessThan(clip.durationFrames);
    }
  });

  it('puts those who speak one above the other where that is asked for, and the whole picture over a blur for fit', () => {
    const split = pictures(plan([left, right], { layout: 'split' }));
    expect(split).toHaveLength(2);
    const places = split.map(({ clips }) => clips[0]!.effects.find(({ kind }) => kind === 'place'));
    expect(places).toMatchObject([
      { y: 0, height: 960 },
      { y: 960, height: 960 },
    ]);
    const fit = pictures(plan([left, right], { layout: 'fit' }));
    expect(fit[0]!.clips[0]!.effects.some(({ kind }) => kind === 'blur')).toBe(true);
    expect(fit).toHaveLength(2);
  });

  it('does otherwise in ranges of the source, where that is asked for', () => {
    const rangedWishes = [{ startMs: 4000, endMs: 6000, layout: 'fit' as const }];
    const [track] = pictures(plan([left], { rangedWishes }));
    const clips = track!.clips.map(({ sourceStartFrame, effects }) => [
      sourceStartFrame,
      effects.some(({ kind }) => kind === 'blur'),
    ]);
    expect(clips).toEqual([
      [50, false],
      [100, true],
      [150, false],
    ]);
  });

  it('zooms at jump cuts on the face, and never so far that the face is cut', () => {
    const wide: MadePerson = { at: () => [640, 360], height: 440 };
    const crops = pictures(plan([wide], { tighten: 'fast', punchIn: 'strong' })).flatMap(({ clips }) =>
      clips.flatMap(({ effects }) =>
        effects.flatMap((effect) => (effect.kind === 'crop' ? effect.keyframes : [])),
      ),
    );
    for (const { x, width } of crops) {
      expect(x).toBeLessThan(640 - 0.4 * 440);
      expect(x + width).toBeGreaterThan(640 + 0.4 * 440);
    }
  });
});

describe('captions', () => {
  /** Boxes of captions over the face of a person who does not move, in the one crop there is. */
  const covered = (timeline: Timeline, [x, y]: readonly [number, number], height: number): number => {
    const crop = pictures(timeline)[0]!.clips[0]!.effects.find((effect) => effect.kind === 'crop')!
      .keyframes[0]!;
    const scale = timeline.height / crop.height;
    const top = (y - height / 2 - crop.y) * scale;
    const bottom = (y + height / 2 - crop.y) * scale;
    const side = (x - crop.x) * scale;
    return captionBoxes(timeline).filter(
      ({ box }) => box.top < bottom && box.bottom > top && box.left < side && box.right > side,
    ).length;
  };

  it('stay where their style has them while the face is elsewhere', () => {
    const timeline = plan([{ at: () => [640, 200], height: 150, speaks: [[0, 500]] }]);
    expect(timeline.captions.cues.every(({ middleY }) => middleY === undefined)).toBe(true);
  });

  it('make way for the face that speaks, all to the same place', () => {
    const at = [640, 500] as const;
    const timeline = plan([{ at: () => at, height: 260, speaks: [[0, 500]] }]);
    expect(timeline.captions.cues.length).toBeGreaterThan(5);
    expect(covered(timeline, at, 260)).toBe(0);
    expect(new Set(timeline.captions.cues.map(({ middleY }) => middleY)).size).toBe(1);
    const unmoved = {
      ...timeline,
      captions: { ...timeline.captions, cues: timeline.captions.cues.map(({ middleY: _, ...cue }) => cue) },
    };
    expect(covered(unmoved, at, 260)).toBeGreaterThan(0);
  });

  it('stand at one place for all whose faces can be free, also where another one fills the picture', () => {
    const until =
      (x: number, y: number): MadePerson['at'] =>
      (frame) =>
        frame < 220 ? [x, y] : undefined;
    const timeline = plan(
      [
        { at: until(250, 250), height: 180, speaks: [[0, 120]] },
        { at: until(1030, 335), height: 310, speaks: [[135, 220]] },
        { at: (frame) => (frame < 220 ? undefined : [640, 360]), height: 640, speaks: [[220, 500]] },
      ],
      { layout: 'fill' },
      [220],
    );
    expect(pictures(timeline)[0]!.clips).toHaveLength(3);
    const early = timeline.captions.cues.filter(({ endMs }) => endMs < 4800);
    expect(early.length).toBeGreaterThan(2);
    expect(new Set(early.map(({ middleY }) => middleY)).size).toBe(1);
    expect(early[0]!.middleY).toBeDefined();
  });

  it('cover a forehead rather than a mouth where a face fills the picture', () => {
    const near: MadePerson = { at: () => [640, 360], height: 640, speaks: [[0, 500]] };
    const timeline = plan([near], { layout: 'fill', width: 1920, height: 1080 });
    const browY = (360 - 320 + 0.28 * 640) * 1.5;
    const boxes = captionBoxes(timeline).map(({ box }) => box);
    expect(boxes.length).toBeGreaterThan(3);
    for (const { bottom } of boxes) expect(bottom).toBeLessThan(browY + 1);
  });

  it('keep off what is written on a screen beside a face', () => {
    const corner: MadePerson = { at: () => [1150, 610], height: 110, speaks: [[0, 500]] };
    const timeline = plan([corner], { layout: 'screen', height: 1080 });
    const screen = pictures(timeline)[0]!.clips[0]!.effects.find((effect) => effect.kind === 'place')!;
    for (const { box } of captionBoxes(timeline)) expect(box.top).toBeGreaterThan(screen.height - 1);
  });
});
