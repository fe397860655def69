import { expect, test } from 'vitest';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { MediaInfo, VideoStream } from '../../domain/media.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { judgeBoxes, litBoxes } from './caption-rules.ts';
import {
  checkDuration,
  checkFrameRate,
  checkLoudness,
  checkOffset,
  checkSize,
  checkTruePeak,
} from './file-rules.ts';
import { pairMarks, type FileMeasurements } from './measure-file.ts';
import { checkSilences, isPlannedStill, judgeStretch, shareOwn } from './stretch-rules.ts';
import { partOf, traceRange, unturn } from './trace-range.ts';
import { checkWords } from './word-rules.ts';

const video = makeVideoStream({
  width: 180,
  height: 320,
  displayWidth: 180,
  displayHeight: 320,
  frameRate: { num: 25, den: 1 },
});

function makeInfo(picture: Partial<VideoStream> = {}, soundStartMs = 0): MediaInfo {
  const audio = {
    index: 1,
    codec: 'aac',
    sampleRateHz: 48_000,
    channels: 2,
    language: undefined,
    isDefault: true,
  };
  return {
    container: 'mp4',
    durationMs: 2000,
    sizeBytes: 1,
    video: [{ ...video, ...picture }],
    audio: [{ ...audio, startMs: soundStartMs }],
    tags: {},
  };
}

function makeMeasurements(parts: Partial<FileMeasurements> = {}): FileMeasurements {
  const loudness = { integratedLufs: -14.4, rangeLu: 3, truePeakDbtp: -1.5 };
  return { frames: 50, soundMs: 2000, black: [], frozen: [], silent: [], loudness, ...parts };
}

const expected = makeTimeline('/films/talk.mp4', [makeClip({ id: 'one', sourceStartFrame: 100 })]);

function withWords(...words: string[]): Timeline {
  const cueWords = words.map((text, index) => ({
    text,
    startMs: index * 300,
    endMs: index * 300 + 300,
    sourceStartMs: 0,
    sourceEndMs: 0,
    assetId: 'talk',
  }));
  const cue = { startMs: 0, endMs: words.length * 300, words: cueWords };
  return { ...expected, captions: { style: 'none', cues: [cue] } };
}

test('a file as planned passes; without a timeline the rules that need one are skipped', () => {
  const info = makeInfo();
  const measured = makeMeasurements();
  expect(checkDuration(info, measured, expected).status).toBe('passed');
  expect(checkSize(info, expected).status).toBe('passed');
  expect(checkFrameRate(info, expected).status).toBe('passed');
  expect(checkDuration(info, measured, undefined).status).toBe('skipped');
  expect(checkSize(info, undefined).status).toBe('skipped');
  expect(checkFrameRate(info, undefined).status).toBe('passed');
});

test('a frame too few, another size, and uneven or other rates fail', () => {
  expect(checkDuration(makeInfo(), makeMeasurements({ frames: 49 }), expected).status).toBe('failed');
  expect(checkSize(makeInfo({ displayWidth: 182 }), expected).status).toBe('failed');
  expect(checkFrameRate(makeInfo({ isVariableFrameRate: true }), expected).status).toBe('failed');
  expect(checkFrameRate(makeInfo({ frameRate: { num: 24, den: 1 } }), expected).status).toBe('failed');
});

test('loudness within 1 LU and peaks below the ceiling pass; silence is skipped', () => {
  const judge = (integratedLufs: number, truePeakDbtp: number) => {
    const measured = makeMeasurements({ loudness: { integratedLufs, truePeakDbtp, rangeLu: 1 } });
    return [checkLoudness(measured, expected).status, checkTruePeak(measured, expected).status];
  };
  expect(judge(-14.9, -1)).toEqual(['passed', 'passed']);
  expect(judge(-15.1, -0.9)).toEqual(['failed', 'failed']);
  expect(judge(-70, -120)).toEqual(['skipped', 'passed']);
});

test('picture and sound may start and end 40 ms apart', () => {
  expect(checkOffset(makeInfo(), makeMeasurements()).status).toBe('passed');
  expect(checkOffset(makeInfo({}, 60), makeMeasurements({ soundMs: 1940 })).status).toBe('failed');
  expect(checkOffset(makeInfo(), makeMeasurements({ soundMs: 1900 }))).toMatchObject({
    status: 'failed',
    value: -100,
  });
});

test('marks become ranges, and one without an end lasts to the end', () => {
  const mark = (key: string, value: string) => ({ label: 'x', seconds: 0, key, value });
  const marks = [mark('start', '0.5'), mark('end', '1'), mark('other', '9'), mark('start', '1.5')];
  expect(pairMarks(marks, 'start', 'end', 2000)).toEqual([
    { startMs: 500, endMs: 1000 },
    { startMs: 1500, endMs: 2000 },
  ]);
});

test('a stretch of the clip is traced to its source, speed and all', () => {
  const fast = makeTimeline('/films/talk.mp4', [
    makeClip({ id: 'one', sourceStartFrame: 100, speed: { num: 2, den: 1 } }),
  ]);
  expect(traceRange(fast, { startMs: 400, endMs: 800 })).toMatchObject([
    { path: '/films/talk.mp4', range: { startMs: 4800, endMs: 5600 } },
  ]);
  expect(traceRange(makeTimeline('talk.mp4', [makeClip({ id: 'one' })]), { startMs: 0, endMs: 500 })).toBe(
    undefined,
  );
  expect(isPlannedStill(expected, { startMs: 0, endMs: 500 })).toBe(false);
  expect(isPlannedStill({ ...expected, tracks: [] }, { startMs: 0, endMs: 500 })).toBe(true);
});

test('a stretch over many small cuts is traced to all its pieces, and to the part of the picture that they show', () => {
  const crop = (x: number, width: number) => [
    { kind: 'crop' as const, keyframes: [{ frame: 0, x, y: 0, width, height: 180 }] },
  ];
  const clips = [0, 20, 40, 60].map((startFrame, index) =>
    makeClip({
      id: `p${index}`,
      startFrame,
      durationFrames: 20,
      sourceStartFrame: 100 + startFrame + index * 10,
      effects: index % 2 === 0 ? crop(100, 100) : crop(110, 80),
    }),
  );
  const timeline = makeTimeline('/films/talk.mp4', clips);
  const [origin, ...others] = traceRange(timeline, { startMs: 400, endMs: 2800 }) ?? [];
  expect(others).toEqual([]);
  expect(origin).toMatchObject({
    range: { startMs: 4400, endMs: 8000 },
    pieces: [
      { startMs: 4400, endMs: 4800 },
      { startMs: 5200, endMs: 6000 },
      { startMs: 6400, endMs: 7200 },
      { startMs: 7600, endMs: 8000 },
    ],
  });
  expect(isPlannedStill(timeline, { startMs: 400, endMs: 2800 })).toBe(false);
  expect(partOf(origin?.crops ?? [], { width: 400, height: 180 })).toEqual({
    x: 0.25,
    y: 0,
    width: 0.25,
    height: 1,
  });
  // What the clip left out is neither here nor there.
  expect(shareOwn(origin?.pieces ?? [], [{ startMs: 4000, endMs: 6000 }])).toEqual({
    ownMs: 1200,
    lengthMs: 2400,
  });
});

test('a logo and a title above a film are looked through', () => {
  const place = { kind: 'place' as const, x: 10, y: 10, width: 40, height: 40 };
  const timeline = makeTimeline('/films/talk.mp4', [makeClip({ id: 'one' })]);
  const branded: Timeline = {
    ...timeline,
    assets: [
      ...timeline.assets,
      { id: 'logo', kind: 'image', path: '/logo.png', contentHash: `sha256:${'0'.repeat(64)}` },
      { ...timeline.assets[0]!, id: 'corner' } as Timeline['assets'][number],
    ],
    tracks: [
      ...timeline.tracks,
      { id: 'logo', kind: 'video', clips: [makeClip({ id: 'l', assetId: 'logo', effects: [place] })] },
      { id: 'corner', kind: 'video', clips: [makeClip({ id: 'c', assetId: 'corner', effects: [place] })] },
    ],
  };
  expect(traceRange(branded, { startMs: 0, endMs: 1000 })).toMatchObject([{ assetId: 'talk' }]);
});

test('sound drawn over a picture is planned to stand still, also right behind an intro', () => {
  const timeline = makeTimeline('/films/intro.mp4', [makeClip({ id: 'intro', durationFrames: 25 })]);
  const wave: Timeline = {
    ...timeline,
    durationFrames: 150,
    assets: [
      ...timeline.assets,
      { id: 'wave', kind: 'waveform', assetId: 'talk', look: 'waveform', color: '#FFFFFF' },
    ],
    tracks: [
      ...timeline.tracks,
      { id: 'w', kind: 'video', clips: [makeClip({ id: 'w', assetId: 'wave', startFrame: 25 })] },
    ],
  };
  expect(isPlannedStill(wave, { startMs: 960, endMs: 4000 })).toBe(true);
  expect(isPlannedStill(wave, { startMs: 0, endMs: 1000 })).toBe(false);
});

test('a part of a turned picture is found in the picture as stored', () => {
  const part = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };
  const rounded = (degrees: number) =>
    Object.values(unturn(part, degrees)).map((value) => Number(value.toFixed(6)));
  expect(rounded(0)).toEqual([0.1, 0.2, 0.3, 0.4]);
  expect(rounded(90)).toEqual([0.2, 0.6, 0.4, 0.3]);
  expect(rounded(180)).toEqual([0.6, 0.4, 0.3, 0.4]);
  expect(rounded(270)).toEqual([0.4, 0.1, 0.4, 0.3]);
  expect(partOf([{ frame: 0, x: 0, y: 0, width: 640, height: 360 }], { width: 640, height: 360 })).toBe(
    undefined,
  );
});

test('a frozen picture is a fault only where the source moves', () => {
  const range = { startMs: 0, endMs: 3000 };
  const judge = (ownMs: number) => judgeStretch('frozen', range, { ownMs, lengthMs: 3000 }).status;
  expect(judge(3000)).toBe('passed');
  expect(judge(0)).toBe('failed');
  expect(judgeStretch('frozen', range, 'planned').status).toBe('passed');
  expect(judgeStretch('frozen', range, 'unknown').status).toBe('skipped');
});

test('silence is a fault where words should be heard', () => {
  const silent = [{ startMs: 0, endMs: 1800 }];
  expect(checkSilences(silent, withWords('one', 'two'))).toMatchObject([{ status: 'failed', startMs: 0 }]);
  expect(checkSilences([{ startMs: 700, endMs: 2000 }], withWords('one', 'two'))).toMatchObject([
    { status: 'passed' },
  ]);
  expect(checkSilences([{ startMs: 0, endMs: 6000 }], undefined)).toMatchObject([{ status: 'failed' }]);
});

test('words heard back: errors, and the first and the last word', () => {
  const statuses = (heard: string) =>
    checkWords(heard, withWords('We', 'sold', 'nine', 'hundred', 'boxes', 'that', 'week.')).map(
      ({ status }) => status,
    );
  expect(statuses('We sold nine hundred boxes that week')).toEqual(['passed', 'passed']);
  expect(statuses('sold nine hundred boxes that week')[1]).toBe('failed');
  expect(statuses('We sold nine hundred boxes that')[1]).toBe('failed');
  expect(statuses('Something else was heard here instead of it')[0]).toBe('failed');
  expect(checkWords('anything', expected)).toMatchObject([{ status: 'skipped' }]);
});

test('one word heard otherwise is no fault of a clip of a few words', () => {
  const judge = (heard: string) => checkWords(heard, withWords('Nobody', 'ever', 'asked', 'why'))[0]?.status;
  expect(judge('Nobody ever ask why')).toBe('passed');
  expect(judge('Nobody have ask why')).toBe('failed');
});

test('a first or last word that the captions hold twice and the ear once is there', () => {
  const doubled = withWords('I', 'I', 'went', 'home', 'and', 'slept', 'well', 'well');
  expect(checkWords('I went home and slept well', doubled)[1]).toMatchObject({ status: 'passed' });
  expect(checkWords('went home and slept well', doubled)[1]).toMatchObject({ status: 'failed' });
});

test('captions outside the safe box fail, and so do captions that are not drawn', () => {
  const inside = { left: 30, top: 100, right: 150, bottom: 200 };
  expect(judgeBoxes(expected, [{ atMs: 0, box: inside }]).status).toBe('passed');
  expect(judgeBoxes(expected, [{ atMs: 40, box: { ...inside, right: 175 } }])).toMatchObject({
    status: 'failed',
    value: 13,
    startMs: 40,
  });
  expect(judgeBoxes(expected, []).status).toBe('failed');
  const mark = (key: string, value: string, seconds = 1) => ({ label: 'out', seconds, key, value });
  const marks = [
    mark('lavfi.bbox.x1', '10'),
    mark('lavfi.bbox.y1', '20'),
    mark('lavfi.bbox.x2', '29'),
    mark('lavfi.bbox.y2', '39'),
    mark('lavfi.bbox.x1', '5', 2),
  ];
  expect(litBoxes(marks)).toEqual([
    { atMs: 1000, box: { left: 10, top: 20, right: 30, bottom: 40 } },
    { atMs: 2000, box: { left: 5, top: 20, right: 30, bottom: 40 } },
  ]);
});
