import { expect, test } from 'vitest';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import { groupSentences, type Transcript } from '../../domain/transcript.ts';
import { planTimeline } from '../plan/plan.ts';
import { joinTimelines } from './join-timelines.ts';
import { matchLoudness } from './measure-loudness.ts';

const hashOf = (letter: string) => `sha256:${letter.repeat(64)}`;

/** A clip of two seconds of a film whose content is told by a letter, with one cue. */
function makePart(letter: string, sourceStartFrame: number, more: Partial<Timeline> = {}): Timeline {
  const base = makeTimeline(`/films/${letter}.mp4`, [makeClip({ id: 'c1', sourceStartFrame })]);
  const said = { sourceStartMs: sourceStartFrame * 40, sourceEndMs: sourceStartFrame * 40 + 400 };
  return {
    ...base,
    assets: base.assets.map((asset) => Object.assign({}, asset, { contentHash: hashOf(letter) })),
    captions: {
      style: 'none',
      cues: [
        {
          startMs: 0,
          endMs: 2000,
          words: [{ text: `${letter}!`, startMs: 100, endMs: 2000, assetId: 'talk', ...said }],
        },
      ],
    },
    ...more,
  };
}

test('parts follow each other, files that are the same become one asset, and words keep their time in the source', () => {
  const joined = joinTimelines(
    [
      { timeline: makePart('a', 10), gainDb: -3, about: { role: 'hook' } },
      { timeline: makePart('b', 20), gainDb: 2.5, about: { role: 'build' } },
      { timeline: makePart('a', 100), gainDb: -3, about: { role: 'payoff' } },
    ],
    { name: 'three', metadata: { toolVersion: '1' } },
  );
  expect(parseTimeline(structuredClone(joined))).toEqual(joined);
  expect(joined.durationFrames).toBe(150);
  expect(joined.assets.map((asset) => [asset.id, 'path' in asset ? asset.path : ''])).toEqual([
    ['s1', '/films/a.mp4'],
    ['s2', '/films/b.mp4'],
  ]);
  const [picture, sound] = joined.tracks;
  expect(
    picture?.clips.map(({ assetId, startFrame, sourceStartFrame }) => [
      assetId,
      startFrame,
      sourceStartFrame,
    ]),
  ).toEqual([
    ['s1', 0, 10],
    ['s2', 50, 20],
    ['s1', 100, 100],
  ]);
  expect(picture?.clips.flatMap(({ effects }) => effects)).toEqual([]);
  expect(sound?.clips.map(({ effects }) => effects)).toEqual([
    [{ kind: 'gain', gainDb: -3 }],
    [{ kind: 'gain', gainDb: 2.5 }],
    [{ kind: 'gain', gainDb: -3 }],
  ]);
  expect(
    joined.captions.cues.map(({ startMs, words }) => [startMs, words[0]?.assetId, words[0]?.sourceStartMs]),
  ).toEqual([
    [0, 's1', 400],
    [2000, 's2', 800],
    [4000, 's1', 4000],
  ]);
  expect(joined.metadata).toEqual({
    pivot: {
      toolVersion: '1',
      parts: [
        { index: 0, startFrame: 0, endFrame: 50, gainDb: -3, role: 'hook' },
        { index: 1, startFrame: 50, endFrame: 100, gainDb: 2.5, role: 'build' },
        { index: 2, startFrame: 100, endFrame: 150, gainDb: -3, role: 'payoff' },
      ],
    },
  });
});

test('a gain that a part has already and the one that matches it come together, within what a timeline allows', () => {
  const part = makePart('a', 0);
  const tracks = part.tracks.map((track) =>
    Object.assign({}, track, {
      clips: track.clips.map((clip) =>
        Object.assign({}, clip, {
          effects: track.kind === 'audio' ? [{ kind: 'gain' as const, gainDb: 24 }] : [],
        }),
      ),
    }),
  );
  const joined = joinTimelines([{ timeline: { ...part, tracks }, gainDb: 19, about: {} }], { name: 'one' });
  expect(joined.tracks[1]?.clips[0]?.effects).toEqual([{ kind: 'gain', gainDb: 30 }]);
});

test('transitions and drawn sound keep what they refer to', () => {
  const clips = [
    makeClip({ id: 'x', sourceStartFrame: 20 }),
    makeClip({ id: 'y', startFrame: 50, sourceStartFrame: 90 }),
  ];
  const base = makeTimeline('/films/a.mp4', clips);
  const timeline: Timeline = {
    ...base,
    assets: [
      ...base.assets,
      { id: 'wave', kind: 'waveform', assetId: 'talk', look: 'waveform', color: '#FFFFFF' },
    ],
    tracks: [
      ...base.tracks.slice(0, 1),
      { id: 'drawn', kind: 'video', clips: [makeClip({ id: 'w', assetId: 'wave' })] },
      ...base.tracks.slice(1),
    ],
    transitions: [
      { id: 'one', trackId: 'picture', kind: 'dissolve', fromClipId: 'x', toClipId: 'y', durationFrames: 10 },
    ],
  };
  const part = { timeline, gainDb: 0, about: {} };
  const joined = parseTimeline(structuredClone(joinTimelines([part, part], { name: 'two' })));
  expect(joined.assets).toHaveLength(2);
  expect(joined.transitions.map(({ id, fromClipId, toClipId }) => [id, fromClipId, toClipId])).toEqual([
    ['t1', 'v1-1', 'v1-2'],
    ['t2', 'v1-3', 'v1-4'],
  ]);
  expect(joined.tracks.map(({ id }) => id)).toEqual(['v1', 'v2', 'a1']);
});

test('what cannot be one film is refused', () => {
  const other = makePart('b', 0, { frameRate: { num: 30, den: 1 } });
  const parts = [makePart('a', 0), other].map((timeline) => ({ timeline, gainDb: 0, about: {} }));
  expect(() => joinTimelines(parts, { name: 'two' })).toThrow(
    expect.objectContaining({ code: 'input.timelines_differ' }),
  );
  expect(() => joinTimelines([], { name: 'none' })).toThrow(
    expect.objectContaining({ code: 'input.no_parts' }),
  );
});

test('sources of different frame rates are planned at one, and their cues never overlap at the joins', () => {
  const rate = { num: 30000, den: 1001 };
  const timelines = [24, 25, 60].map((fps, index) => {
    const words = Array.from({ length: 40 }, (_, at) => ({
      text: at % 5 === 4 ? 'end.' : 'word',
      startMs: 1000 + at * 400,
      endMs: 1400 + at * 400,
      confidence: 1,
    }));
    const transcript: Transcript = {
      version: 1,
      language: 'en',
      source: 'test',
      durationMs: 30_000,
      words,
      sentences: groupSentences(words),
      speech: [],
      fillers: [],
    };
    return planTimeline({
      source: {
        path: `/films/${index}.mp4`,
        contentHash: hashOf(String(index)),
        info: {
          container: 'mov',
          durationMs: 30_000,
          sizeBytes: 1,
          video: [makeVideoStream({ frameRate: { num: fps, den: 1 } })],
          audio: [
            {
              index: 1,
              codec: 'aac',
              sampleRateHz: 48_000,
              channels: 2,
              language: undefined,
              isDefault: true,
              startMs: 0,
            },
          ],
          tags: {},
        },
      },
      moment: {
        startMs: 3000 + 13 * index,
        endMs: 7017 + 29 * index,
        score: 0.5,
        reasons: [],
        sentenceStart: 0,
        sentenceEnd: 1,
        text: 'word',
        title: 'A title',
        chosenBy: 'words',
      },
      transcript,
      options: { frameRate: rate },
    });
  });
  const joined = joinTimelines(
    timelines.map((timeline) => ({ timeline, gainDb: 1, about: {} })),
    { name: 'three' },
  );
  expect(parseTimeline(structuredClone(joined)).frameRate).toEqual(rate);
  expect(joined.assets).toHaveLength(3);
  expect(joined.durationFrames).toBe(timelines.reduce((sum, { durationFrames }) => sum + durationFrames, 0));
});

test('loudness is matched to the middle part, silence stays as it is, and nothing is raised without bound', () => {
  expect(matchLoudness([-14, -30, -23])).toEqual([-9, 7, 0]);
  expect(matchLoudness([-20, undefined])).toEqual([0, 0]);
  expect(matchLoudness([-10, -12, -58])).toEqual([-2, 0, 20]);
  expect(matchLoudness([undefined])).toEqual([0]);
});
