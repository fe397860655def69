import { describe, expect, it } from 'vitest';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import { aspectNames, aspects } from '../../domain/aspect.ts';
import { lookOf } from '../../domain/caption-style.ts';
import type { AudioStream, VideoStream } from '../../domain/media.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Source } from '../../domain/source.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import type { Clip, Effect, Timeline } from '../../domain/timeline.ts';
import { groupSentences, type Transcript } from '../../domain/transcript.ts';
import { captionBoxes, safeBox, type Box } from '../captions/layout.ts';
import { planTimeline } from './plan.ts';
import type { PlanOptions } from './plan-request.ts';

const rate = { num: 25, den: 1 };

const sound: AudioStream = {
  index: 1,
  codec: 'aac',
  sampleRateHz: 48_000,
  channels: 2,
  language: undefined,
  isDefault: true,
  startMs: 0,
};

function makeSource(video: VideoStream[], audio: AudioStream[] = [sound]): Source {
  return {
    path: '/films/talk.mp4',
    contentHash: `sha256:${'ab'.repeat(32)}`,
    info: { container: 'mov', durationMs: 60_000, sizeBytes: 1, video, audio, tags: {} },
  };
}

/** Six words of 300 ms, 100 ms apart, then a pause of 1.6 s, over and over. */
function makeTranscript(): Transcript {
  const words = Array.from({ length: 60 }, (_, index) => {
    const startMs = 1000 + Math.floor(index / 6) * 4000 + (index % 6) * 400;
    const text = index % 6 === 5 ? `end${index}.` : `word${index}`;
    return { text, startMs, endMs: startMs + 300, confidence: 1 };
  });
  const speech = Array.from({ length: 10 }, (_, index) => ({
    startMs: 1000 + index * 4000,
    endMs: 3300 + index * 4000,
  }));
  return {
    version: 1,
    language: 'en',
    source: 'test',
    durationMs: 60_000,
    words,
    sentences: groupSentences(words),
    speech,
    fillers: [],
  };
}

const moment: Moment = {
  startMs: 900,
  endMs: 19_600,
  score: 0.7,
  reasons: [],
  sentenceStart: 0,
  sentenceEnd: 5,
  text: 'word0 …',
  title: 'A title',
  chosenBy: 'words',
};

const wide = makeVideoStream({ frameRate: rate });
const tall = makeVideoStream({ frameRate: rate, displayWidth: 1080, displayHeight: 1920 });

function plan(source: Source, options: PlanOptions = {}, shotStarts: readonly number[] = []): Timeline {
  const bounds = [0, ...shotStarts, 1500];
  const timeline = planTimeline({
    source,
    moment,
    transcript: makeTranscript(),
    seen: {
      startMs: 0,
      endMs: 60_000,
      frameRate: rate,
      pictures: [],
      shots: bounds.slice(1).map((endFrame, index) => ({
        startFrame: bounds[index]!,
        endFrame,
        startsWith: index === 0 ? 'start' : 'cut',
      })),
    },
    options,
  });
  expect(parseTimeline(JSON.parse(JSON.stringify(timeline)))).toEqual(timeline);
  return timeline;
}

function effectOf<K extends Effect['kind']>(clip: Clip | undefined, kind: K) {
  return clip?.effects.find((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
}

function placeOf(clip: Clip | undefined): Box {
  const place = effectOf(clip, 'place');
  if (place === undefined) throw new Error('The clip has no place.');
  return { left: place.x, top: place.y, right: place.x + place.width, bottom: place.y + place.height };
}

const overlaps = (one: Box, other: Box) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

describe('fit', () => {
  it('puts the whole picture over a blurred fill of itself, in the middle', () => {
    const timeline = plan(makeSource([wide]), { layout: 'fit' });
    const [below, above] = timeline.tracks;
    expect(below?.clips[0]?.effects.map((effect) => effect.kind)).toEqual(['crop', 'blur']);
    expect(effectOf(above?.clips[0], 'crop')?.keyframes).toEqual([
      { frame: 0, x: 0, y: 0, width: 1920, height: 1080 },
    ]);
    expect(placeOf(above?.clips[0])).toEqual({ left: 0, top: 656, right: 1080, bottom: 1264 });
  });

  it('takes an upright picture into a wide canvas', () => {
    const timeline = plan(makeSource([tall]), { layout: 'fit', ...aspects['16:9'] });
    expect(placeOf(timeline.tracks[1]?.clips[0])).toEqual({ left: 656, top: 0, right: 1264, bottom: 1080 });
  });

  it('fills where the shapes are equal', () => {
    const timeline = plan(makeSource([tall]), { layout: 'fit' });
    expect(timeline.tracks.map((track) => track.id)).toEqual(['v1', 'a1']);
    expect(effectOf(timeline.tracks[0]?.clips[0], 'blur')).toBeUndefined();
  });

  it.each(aspectNames)('stays on a canvas of %s', (aspect) => {
    const canvas = aspects[aspect];
    for (const [displayWidth, displayHeight] of [
      [1920, 1080],
      [1440, 1080],
      [7680, 200],
      [16, 16],
      [405, 719],
    ] as const) {
      const video = makeVideoStream({ frameRate: rate, displayWidth, displayHeight });
      for (const layout of ['fit', 'fill'] as const) {
        const timeline = plan(makeSource([video]), { layout, ...canvas, tighten: 'fast', punchIn: 'strong' });
        for (const clip of timeline.tracks.flatMap((track) => track.clips)) {
          const crop = effectOf(clip, 'crop')?.keyframes[0];
          if (crop === undefined) continue;
          expect(crop.x + crop.width).toBeLessThanOrEqual(displayWidth);
          expect(crop.y + crop.height).toBeLessThanOrEqual(displayHeight);
          const place = effectOf(clip, 'place');
          if (place === undefined) continue;
          expect(place.x).toBeGreaterThanOrEqual(0);
          expect(place.x + place.width).toBeLessThanOrEqual(canvas.width);
          expect(place.y + place.height).toBeLessThanOrEqual(canvas.height);
        }
      }
    }
  });
});

describe('tightening', () => {
  it('leaves nothing but what was kept, in step in picture, sound and words', () => {
    const source = makeSource([wide]);
    const loose = plan(source);
    const timeline = plan(source, { tighten: 'natural' });
    const [picture, heard] = timeline.tracks;
    expect(picture?.clips).toHaveLength(5);
    expect(timeline.durationFrames).toBeLessThan(loose.durationFrames - 100);
    expect(heard?.clips.map((clip) => [clip.startFrame, clip.durationFrames, clip.sourceStartFrame])).toEqual(
      picture?.clips.map((clip) => [clip.startFrame, clip.durationFrames, clip.sourceStartFrame]),
    );
    const words = timeline.captions.cues.flatMap((cue) => cue.words);
    expect(words.map((word) => word.text)).toEqual(
      loose.captions.cues.flatMap((cue) => cue.words.map((word) => word.text)),
    );
    for (const word of words) {
      const frame = Math.floor((word.startMs * 25) / 1000);
      const clip = picture?.clips.find(
        (one) => one.startFrame <= frame && frame < one.startFrame + one.durationFrames,
      );
      const clipMs = ((clip?.sourceStartFrame ?? 0) - (clip?.startFrame ?? 0)) * 40;
      expect(word.startMs + clipMs).toBe(word.sourceStartMs);
    }
    expect(timeline.metadata['pivot']).toMatchObject({
      tightening: { mode: 'natural', removed: [{ kind: 'silence', text: '' }, {}, {}, {}] },
    });
  });

  it('gives one stretch back when it is asked for, and leaves the others cut', () => {
    const source = makeSource([wide]);
    const timeline = plan(source, { tighten: 'natural' });
    const { tightening } = timeline.metadata['pivot'] as {
      tightening: { removed: { startMs: number; endMs: number }[] };
    };
    const wanted = tightening.removed[1]!;
    const restored = plan(source, { tighten: 'natural', keepStretches: [wanted] });
    expect(restored.tracks[0]?.clips).toHaveLength(4);
    expect(restored.metadata['pivot']).toMatchObject({
      tightening: { removed: tightening.removed.filter((stretch) => stretch !== wanted) },
    });
    const frames = restored.durationFrames - timeline.durationFrames;
    expect(Math.abs(frames * 40 - (wanted.endMs - wanted.startMs))).toBeLessThanOrEqual(80);
  });
});

describe('real cuts near by', () => {
  it('moves the ends of the moment and of its pieces onto them, where no word is cut', () => {
    const source = makeSource([wide]);
    const startsOf = (timeline: Timeline) =>
      timeline.tracks[0]?.clips.map((clip) => clip.sourceStartFrame) ?? [];
    const [first, second] = startsOf(plan(source, { tighten: 'natural' }));
    const timeline = plan(source, { tighten: 'natural' }, [24, second! + 2]);
    expect(first).not.toBe(24);
    expect(startsOf(timeline).slice(0, 2)).toEqual([24, second! + 2]);
    const said = timeline.captions.cues.flatMap((cue) => cue.words.map((word) => word.text));
    expect(said).toHaveLength(30);
    // Frame 125 is where the next word begins: the piece must start before it.
    const close = startsOf(plan(source, { tighten: 'natural' }, [126]));
    expect(close[1]).toBe(second);
  });

  it('puts a timeline together that parses, wherever the cuts are', () => {
    const source = makeSource([wide]);
    for (let at = 80; at < 240; at++) {
      const timeline = plan(source, { tighten: 'fast', punchIn: 'subtle' }, [at, at + 5, at + 13]);
      const clips = timeline.tracks[0]!.clips;
      for (const [index, clip] of clips.entries()) {
        const before = clips[index - 1];
        if (before === undefined) continue;
        expect(clip.startFrame).toBe(before.startFrame + before.durationFrames);
        expect(clip.sourceStartFrame).toBeGreaterThan(before.sourceStartFrame + before.durationFrames);
      }
      const { removed } = (timeline.metadata['pivot'] as { tightening: { removed: unknown[] } }).tightening;
      expect(removed).toHaveLength(clips.length - 1);
    }
  });
});

describe('punching in', () => {
  const zoomed = (timeline: Timeline) =>
    timeline.tracks[0]?.clips.map((clip) => effectOf(clip, 'crop')!.keyframes[0]!.width < 600);

  it('shows every other piece larger, its shape kept, a little above the middle', () => {
    const timeline = plan(makeSource([wide]), { tighten: 'natural', punchIn: 'strong' });
    expect(zoomed(timeline)).toEqual([false, true, false, true, false]);
    const [base, large] = timeline.tracks[0]!.clips.map((clip) => effectOf(clip, 'crop')!.keyframes[0]!);
    expect(base!.width / large!.width).toBeCloseTo(1.15, 1);
    expect(large!.width / large!.height).toBeCloseTo(1080 / 1920, 2);
    expect(large!.x - base!.x).toBeCloseTo((base!.width - large!.width) / 2, -1);
    const above = large!.y - base!.y;
    expect(above).toBeLessThan(base!.height - large!.height - above);
  });

  it('adds nothing where a real cut lies in what was taken out', () => {
    // The pauses are from 3.3 to 5 s, 7.3 to 9 s and so on: frame 105 lies in the first, 205 in the second.
    const source = makeSource([wide]);
    expect(zoomed(plan(source, { tighten: 'natural', punchIn: 'subtle' }, [105]))).toEqual([
      false,
      false,
      true,
      false,
      true,
    ]);
    expect(zoomed(plan(source, { tighten: 'natural', punchIn: 'subtle' }, [205]))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('leaves what lies behind a whole picture as it is', () => {
    const timeline = plan(makeSource([wide]), { tighten: 'natural', punchIn: 'strong', layout: 'fit' });
    const widths = timeline.tracks.slice(0, 2).map((track) => {
      const all = track.clips.map((clip) => effectOf(clip, 'crop')!.keyframes[0]!.width);
      return new Set(all).size;
    });
    expect(widths).toEqual([1, 2]);
  });

  it('needs a jump cut', () => {
    const timeline = plan(makeSource([wide]), { punchIn: 'strong' });
    expect(timeline).toEqual(plan(makeSource([wide])));
  });
});

describe('sound alone', () => {
  const cover = makeVideoStream({ index: 2, isAttachedPicture: true, displayWidth: 600, displayHeight: 400 });

  it.each(aspectNames)('keeps card, waveform and captions apart on %s', (aspect) => {
    const canvas = aspects[aspect];
    const safe = safeBox(canvas.width, canvas.height);
    for (const style of ['pop', 'karaoke', 'none']) {
      for (const video of [[], [cover]]) {
        const timeline = plan(makeSource(video), { ...canvas, captionLook: lookOf({ style }) });
        const boxes = timeline.tracks
          .filter((track) => track.kind === 'video')
          .map((track) => track.clips[0])
          .filter((clip) => effectOf(clip, 'place') !== undefined && clip?.assetId !== 'shade')
          .map(placeOf);
        expect(boxes).toHaveLength(video.length + 1);
        for (const [index, box] of boxes.entries()) {
          expect(box.left).toBeGreaterThanOrEqual(Math.floor(safe.left) - 1);
          expect(box.top).toBeGreaterThanOrEqual(Math.floor(safe.top) - 1);
          expect(box.right).toBeLessThanOrEqual(Math.ceil(safe.right) + 1);
          expect(box.bottom).toBeLessThanOrEqual(Math.ceil(safe.bottom) + 1);
          expect(Math.min(box.right - box.left, box.bottom - box.top)).toBeGreaterThan(60);
          const others = [...boxes.slice(index + 1), ...captionBoxes(timeline).map((cue) => cue.box)];
          expect(others.filter((other) => overlaps(box, other))).toEqual([]);
        }
      }
    }
  });

  it("takes the file's own cover, or the picture that is given, cut square for its card", () => {
    const own = plan(makeSource([cover]));
    expect(own.assets.find((asset) => asset.kind === 'image')).toMatchObject({
      path: '/films/talk.mp4',
      videoStreamIndex: 2,
    });
    const card = own.tracks[2]?.clips[0];
    expect(effectOf(card, 'crop')?.keyframes[0]).toMatchObject({ x: 100, y: 0, width: 400, height: 400 });
    const picture = {
      path: '/art.png',
      contentHash: `sha256:${'cd'.repeat(32)}`,
      width: 50,
      height: 80,
    };
    const given = plan(makeSource([cover]), { picture });
    expect(given.assets.find((asset) => asset.kind === 'image')).toEqual({
      id: 'picture',
      kind: 'image',
      path: '/art.png',
      contentHash: picture.contentHash,
    });
  });

  it('draws the sound of each piece of a tightened clip', () => {
    const timeline = plan(makeSource([]), { tighten: 'natural', audiogram: 'spectrum' });
    const [, drawn, heard] = timeline.tracks;
    expect(timeline.assets.at(-1)).toMatchObject({ kind: 'waveform', look: 'spectrum', assetId: 'source' });
    expect(drawn?.clips.map((clip) => [clip.startFrame, clip.sourceStartFrame])).toEqual(
      heard?.clips.map((clip) => [clip.startFrame, clip.sourceStartFrame]),
    );
  });
});

describe('a recording of several files', () => {
  const member = (name: string, video: VideoStream[], speaker?: string) => ({
    path: `/rec/${name}`,
    contentHash: `sha256:${'ef'.repeat(32)}`,
    info: { ...makeSource(video).info, video },
    offsetMs: 0,
    driftPpm: 0,
    speaker,
    speechDbfs: -20,
  });

  function planTalk(members: readonly ReturnType<typeof member>[], options: PlanOptions): Timeline {
    const transcript = makeTranscript();
    // They take turns, from one pause to the next.
    const words = transcript.words.map((word, index) =>
      Object.assign({}, word, { speaker: Math.floor(index / 6) % 2 === 0 ? 'Ann' : 'Ben' }),
    );
    const source = { ...makeSource(members.flatMap(({ info }) => info.video)), members };
    const timeline = planTimeline({ source, moment, transcript: { ...transcript, words }, options });
    expect(parseTimeline(JSON.parse(JSON.stringify(timeline)))).toEqual(timeline);
    return timeline;
  }

  it('needs no punch-in where another camera comes on', () => {
    const cameras = [member('ann.mp4', [wide], 'Ann'), member('ben.mp4', [wide], 'Ben')];
    const timeline = planTalk(cameras, { tighten: 'natural', punchIn: 'strong' });
    expect(timeline.metadata['pivot']).not.toHaveProperty('punchIn');
    const one = planTalk([member('ann.mp4', [wide], 'Ann')], { tighten: 'natural', punchIn: 'strong' });
    expect(one.metadata['pivot']).toMatchObject({ punchIn: { zooms: [1, 1.15, 1, 1.15, 1] } });
  });

  it('draws the voice of whoever speaks, where there is no camera', () => {
    const timeline = planTalk([member('ann.wav', [], 'Ann'), member('ben.wav', [], 'Ben')], {});
    const drawn = timeline.tracks.findLast((track) => track.kind === 'video');
    expect(drawn?.clips.map((clip) => clip.assetId)).toEqual([
      'source-1-wave',
      'source-2-wave',
      'source-1-wave',
      'source-2-wave',
      'source-1-wave',
    ]);
    expect(drawn?.clips.reduce((sum, clip) => sum + clip.durationFrames, 0)).toBe(timeline.durationFrames);
  });
});
