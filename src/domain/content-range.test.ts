import { expect, test } from 'vitest';
import { makeClip, makeTimeline } from '../../test/fixtures/make-timeline.ts';
import { contentRange, contentRangeMs } from './content-range.ts';

const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'one', durationFrames: 100 })]);
const marked = (content: unknown) => ({ ...timeline, metadata: { pivot: { moment: {}, content } } });

test('without a mark the whole timeline is the clip', () => {
  expect(contentRange(timeline)).toEqual({ startFrame: 0, endFrame: 100 });
});

test('the mark in the metadata says where the clip lies between intro and outro', () => {
  expect(contentRange(marked({ startFrame: 25, endFrame: 75 }))).toEqual({ startFrame: 25, endFrame: 75 });
  expect(contentRangeMs(marked({ startFrame: 25, endFrame: 75 }))).toEqual({ startMs: 1000, endMs: 3000 });
});

test('a mark that a hand made nonsense of counts as none', () => {
  for (const content of [
    'all',
    { startFrame: 80, endFrame: 20 },
    { startFrame: 0, endFrame: 101 },
    { startFrame: -1, endFrame: 5 },
  ]) {
    expect(contentRange(marked(content))).toEqual({ startFrame: 0, endFrame: 100 });
  }
});
