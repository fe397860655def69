import { expect, test } from 'vitest';
import { makeClip, makeTimeline } from '../../test/fixtures/make-timeline.ts';
import { duckLine, listDucked, spokenRanges, type Duck } from './ducking.ts';
import { findTimelineMistakes } from './timeline-rules.ts';
import type { Timeline } from './timeline.ts';

const duck: Duck = { kind: 'duck', under: 'voice', depthDb: 12, attackMs: 300, releaseMs: 700 };

/** 10 s of music under a voice whose words are heard at these times. */
function makeMusic(words: readonly (readonly [number, number])[], effect: Duck = duck): Timeline {
  const timeline = makeTimeline('talk.wav', [makeClip({ id: 'one', durationFrames: 250 })]);
  const cueWords = words.map(([startMs, endMs]) => ({
    text: 'word',
    startMs,
    endMs,
    sourceStartMs: 0,
    sourceEndMs: 0,
    assetId: 'talk',
  }));
  return {
    ...timeline,
    assets: [...timeline.assets, { ...timeline.assets[0]!, id: 'music' } as Timeline['assets'][number]],
    tracks: [
      {
        id: 'voice',
        kind: 'audio',
        clips: [makeClip({ id: 'v', startFrame: 25, durationFrames: 100 })],
      },
      {
        id: 'music',
        kind: 'audio',
        clips: [makeClip({ id: 'm', assetId: 'music', durationFrames: 250, effects: [effect] })],
      },
    ],
    captions: {
      style: 'none',
      cues: cueWords.length === 0 ? [] : [{ startMs: 0, endMs: 9000, words: cueWords }],
    },
  };
}

test('what is said is where the words are, and without words where the clips are', () => {
  const words = [
    [1000, 1400],
    [1300, 2000],
    [6000, 6500],
  ] as const;
  expect(spokenRanges(makeMusic(words), 'voice')).toEqual([
    { startMs: 1000, endMs: 2000 },
    { startMs: 6000, endMs: 6500 },
  ]);
  expect(spokenRanges(makeMusic([]), 'voice')).toEqual([{ startMs: 1000, endMs: 5000 }]);
  expect(listDucked(makeMusic([]))).toEqual({ voice: [{ startMs: 1000, endMs: 5000 }] });
  expect(listDucked(makeTimeline('talk.mp4', [makeClip({ id: 'one' })]))).toBeUndefined();
});

test('it is down before the first word, stays down over a breath, and comes up in a long pause', () => {
  const spoken = [
    { startMs: 100, endMs: 1000 },
    { startMs: 2000, endMs: 3000 },
    { startMs: 7000, endMs: 8000 },
  ];
  expect(duckLine(spoken, duck)).toEqual([
    { atMs: 100, gainDb: -12 },
    { atMs: 3120, gainDb: -12 },
    { atMs: 3820, gainDb: 0 },
    { atMs: 6700, gainDb: 0 },
    { atMs: 7000, gainDb: -12 },
    { atMs: 8120, gainDb: -12 },
    { atMs: 8820, gainDb: 0 },
  ]);
});

test('a clip makes way for another track of sound, and for no other', () => {
  expect(findTimelineMistakes(makeMusic([]))).toEqual([]);
  expect(findTimelineMistakes(makeMusic([], { ...duck, under: 'music' }))).toEqual([
    'tracks[1].clips[0].effects[0].under: a clip makes way for another track, not for its own',
  ]);
  expect(findTimelineMistakes(makeMusic([], { ...duck, under: 'nobody' }))).toEqual([
    'tracks[1].clips[0].effects[0].under: no audio track is called "nobody"',
  ]);
});
