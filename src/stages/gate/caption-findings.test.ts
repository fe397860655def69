import { expect, it } from 'vitest';
import { makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { platformNames } from '../../domain/platforms.ts';
import { judgeCaptionFile, judgeCaptionPlace } from './caption-findings.ts';

const cue = (text: string, middleY?: number) => ({
  startMs: 0,
  endMs: 900,
  words: text.split(' ').map((word) => ({
    text: word,
    startMs: 0,
    endMs: 900,
    sourceStartMs: 0,
    sourceEndMs: 900,
    assetId: 'source',
  })),
  ...(middleY === undefined ? {} : { middleY }),
});
const timeline = (width: number, height: number, middleY?: number, style = 'pop') =>
  makeTimeline('a.mp4', [], {
    width,
    height,
    captions: { style, cues: [cue('Extraordinary circumstances notwithstanding', middleY)] },
  });

it('captions of upright films are seen everywhere, wherever they are put', () => {
  for (const platform of platformNames)
    for (const middleY of [undefined, 0, 1])
      expect(judgeCaptionPlace(timeline(1080, 1920, middleY), platform)).toEqual([]);
});

it('says where controls cover captions of another shape, and that no picture has none', () => {
  const found = judgeCaptionPlace(timeline(1080, 1600, 1), 'tiktok');
  expect(found).toMatchObject([
    { rule: 'caption_covered', severity: 'stops', platform: 'tiktok', startMs: 0, endMs: 900 },
    // At the sides they do not reach over the whole height.
    { rule: 'caption_covered', severity: 'warns' },
  ]);
  expect(found[0]?.box?.bottom).toBeGreaterThan(1440);
  expect(judgeCaptionPlace(timeline(1080, 1600, 1, 'none'), 'tiktok')).toEqual([]);
  expect(judgeCaptionPlace(timeline(1080, 1600, 1), 'linkedin')).toEqual([]);
});

it('tells captions of another film or another cut', () => {
  const film = { durationMs: 4000, heard: 'an audience leaves when the story stops moving' };
  const one = (text: string, endMs = 3000) => [{ startMs: 0, endMs, text }];
  const rules = (cues: ReturnType<typeof one>) =>
    judgeCaptionFile('a.srt', cues, film).map(({ rule }) => rule);
  expect(rules(one('An audience leaves, when the story stops moving.'))).toEqual([]);
  expect(rules(one('An audience leaves when its story stops.'))).toEqual([]);
  expect(rules(one('Nobody believed that a compiler could work.'))).toEqual(['caption_file_words']);
  expect(rules(one('An audience leaves when the story stops moving.', 9000))).toEqual(['caption_file_long']);
  expect(rules([])).toEqual(['caption_file_empty']);
  // Too little to say anything by.
  expect(rules(one('Music.'))).toEqual([]);
});
