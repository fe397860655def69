import { expect, test } from 'vitest';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { MediaInfo } from '../../domain/media.ts';
import { cropAt, framingFilters, piecewiseLinear } from './framing.ts';
import { firstLevelling, nextLevelling } from './level-sound.ts';
import { pictureGraph } from './picture-graph.ts';
import { contentOf, previewSize } from './render.ts';
import { soundGraph, tempoFilters } from './sound-graph.ts';

const video = makeVideoStream();
const info: MediaInfo = {
  container: 'mov',
  durationMs: 10_000,
  sizeBytes: 1,
  video: [video],
  audio: [
    {
      index: 1,
      codec: 'aac',
      sampleRateHz: 44_100,
      channels: 2,
      language: undefined,
      isDefault: true,
      startMs: 0,
    },
  ],
  tags: {},
};
const assets = new Map([['talk', { path: '/films/talk.mp4', info }]]);
const canvas = { width: 1080, height: 1920 };
const clip = makeClip({ id: 'one' });

test('the middle of a wide picture fills a tall canvas', () => {
  expect(framingFilters(clip, video, canvas)).toEqual([
    'crop=608:1080:656:0',
    'scale=1080:1920:flags=bicubic:out_color_matrix=bt709:out_range=tv',
    'setsar=1',
    'format=yuv420p',
  ]);
});

test('a turned picture is turned first, and a crop counts the pixels that a viewer sees', () => {
  const turned = { ...video, rotationDegrees: 90, displayWidth: 1080, displayHeight: 1920 };
  expect(framingFilters(clip, turned, canvas)).toEqual([
    'transpose=clock',
    'scale=1080:1920:flags=bicubic:out_color_matrix=bt709:out_range=tv',
    'setsar=1',
    'format=yuv420p',
  ]);
  const anamorphic = { ...video, width: 960, sampleAspectRatio: { num: 2, den: 1 } };
  const crop = {
    kind: 'crop' as const,
    keyframes: [{ frame: 0, x: 400, y: 0, width: 607.5, height: 1080 }],
  };
  expect(framingFilters(makeClip({ id: 'one', effects: [crop] }), anamorphic, canvas)[0]).toBe(
    'crop=304:1080:200:0',
  );
});

test('high dynamic range is mapped down after it was made small', () => {
  const filters = framingFilters(clip, { ...video, colorTransfer: 'smpte2084' }, canvas);
  expect(filters[1]).toBe('scale=1080:1920:flags=bicubic');
  expect(filters).toContain('tonemap=hable:desat=0');
});

test('a moving crop scales first and crops after; one that zooms is refused', () => {
  const move = (width: number) =>
    makeClip({
      id: 'one',
      effects: [
        {
          kind: 'crop',
          keyframes: [
            { frame: 0, x: 0, y: 0, width: 540, height: 960 },
            { frame: 10, x: 100, y: 0, width, height: 960 },
          ],
        },
      ],
    });
  expect(framingFilters(move(540), video, canvas).slice(0, 2)).toEqual([
    'scale=3840:2160:flags=bicubic:out_color_matrix=bt709:out_range=tv',
    "crop=1080:1920:x='if(lt(n,10),0+(n-0)*20,200)':y='if(lt(n,10),0+(n-0)*0,0)'",
  ]);
  expect(() => framingFilters(move(500), video, canvas)).toThrow(/zoom/u);
});

test('between keyframes a crop goes in a straight line', () => {
  const crop = {
    kind: 'crop' as const,
    keyframes: [
      { frame: 10, x: 0, y: 0, width: 100, height: 100 },
      { frame: 20, x: 50, y: 10, width: 100, height: 100 },
    ],
  };
  expect(cropAt(crop, 0)?.x).toBe(0);
  expect(cropAt(crop, 15)).toMatchObject({ x: 25, y: 5 });
  expect(cropAt(crop, 99)?.x).toBe(50);
  expect(
    piecewiseLinear([
      { frame: 5, value: 1 },
      { frame: 7, value: 2 },
    ]),
  ).toBe('if(lt(n,5),1,if(lt(n,7),1+(n-5)*0.5,2))');
});

test('a crop with a thousand keyframes is an expression that is nested no deeper than FFmpeg reads', () => {
  const path = piecewiseLinear(
    Array.from({ length: 1000 }, (_, index) => ({ frame: index * 2, value: index % 7 })),
  );
  let depth = 0;
  let deepest = 0;
  for (const character of path) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    deepest = Math.max(deepest, depth);
  }
  expect(depth).toBe(0);
  // FFmpeg's limit is 100; the times of each keyframe are still there.
  expect(deepest).toBeLessThan(30);
  expect(path).toContain('if(lt(n,1998),');
});

test('a timeline of one clip is one chain from its key frame to whole frames', () => {
  const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'one', sourceStartFrame: 25 })]);
  const { inputs, lines } = pictureGraph(timeline, assets, { canvas: timeline, captionFile: 'captions.ass' });
  expect(inputs).toEqual([
    {
      path: '/films/talk.mp4',
      fromSeconds: 1,
      toSeconds: 3,
      neededAtSeconds: 0,
      speed: 1,
      streams: [{ index: 0, label: 'v0s0in' }],
    },
  ]);
  expect(lines).toEqual([
    '[v0s0in]fps=fps=25/1:start_time=0:round=near,tpad=stop_mode=clone:stop=50,trim=end_frame=50,crop=608:1080:656:0,scale=180:320:flags=bicubic:out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p,tpad=stop_mode=add:color=black:stop=50,trim=end_frame=50,settb=1/25,setpts=N[v0s0]',
    '[v0s0]ass=filename=captions.ass:fontsdir=.,format=yuv420p,setsar=1,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,trim=end_frame=50,settb=1/25,setpts=N[picture]',
  ]);
});

test('gaps are black, cuts are joined, a dissolve takes from both handles and keeps the length', () => {
  const clips = [
    makeClip({ id: 'one', startFrame: 10 }),
    makeClip({ id: 'two', startFrame: 60, sourceStartFrame: 100 }),
  ];
  const cut = makeTimeline('talk.mp4', clips);
  const joined = pictureGraph(cut, assets, { canvas: cut, captionFile: undefined }).lines;
  expect(joined.filter((line) => line.includes('concat'))).toEqual([
    '[v0s0][v0s1]concat=n=2:v=1:a=0[v0j1]',
    '[v0j1][v0s2]concat=n=2:v=1:a=0[v0j2]',
  ]);
  const dissolve = makeTimeline('talk.mp4', clips, {
    transitions: [
      {
        id: 'x',
        trackId: 'picture',
        kind: 'dissolve',
        fromClipId: 'one',
        toClipId: 'two',
        durationFrames: 10,
      },
    ],
  });
  const { inputs, lines } = pictureGraph(dissolve, assets, { canvas: dissolve, captionFile: undefined });
  // 10 black frames, 50 and 5 of the first clip: the dissolve starts at frame 55.
  expect(lines).toContain('[v0j1][v0s2]xfade=transition=fade:duration=0.400000:offset=2.200000[v0j2]');
  expect(inputs[1]).toMatchObject({ fromSeconds: 3.8, neededAtSeconds: 2.2 });
});

test('sound fades over 10 ms across a cut and at its edges', () => {
  const timeline = makeTimeline('talk.mp4', [
    makeClip({ id: 'one' }),
    makeClip({ id: 'two', startFrame: 50, sourceStartFrame: 100 }),
  ]);
  const { inputs, lines } = soundGraph(timeline, assets, { gainDb: 3, limitDb: undefined });
  expect(inputs.map(({ fromSeconds }) => fromSeconds)).toEqual([0, 3.995]);
  expect(lines).toEqual([
    '[a0s0in]aresample=48000:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo,apad=whole_len=96240,atrim=end_sample=96240,afade=t=in:d=0.01,asettb=1/48000,asetpts=N[a0s0]',
    '[a0s1in]aresample=48000:async=1:min_hard_comp=0.02:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo,apad=whole_len=96240,atrim=end_sample=96240,afade=t=out:st=1.995000:d=0.01,asettb=1/48000,asetpts=N[a0s1]',
    '[a0s0][a0s1]acrossfade=ns=480:c1=tri:c2=tri[a0j1]',
    '[a0j1]volume=3.000dB:precision=float,apad=whole_len=192000,atrim=end_sample=192000,asettb=1/48000,asetpts=N[sound]',
  ]);
});

test('speed keeps the pitch, in as many steps as it takes', () => {
  expect(tempoFilters(1)).toEqual([]);
  expect(tempoFilters(2)).toEqual(['atempo=2.000000']);
  expect(tempoFilters(0.2)).toEqual(['atempo=0.5', 'atempo=0.5', 'atempo=0.800000']);
});

test('a quiet source is lifted, a peaky one limited, silence left alone', () => {
  const target = { integratedLufs: -14, truePeakDbtp: -1 };
  const measure = (integratedLufs: number, truePeakDbtp: number) => ({
    integratedLufs,
    truePeakDbtp,
    rangeLu: 5,
  });
  expect(firstLevelling(measure(-70, -120), target)).toBeUndefined();
  expect(firstLevelling(measure(-30, -20), target)).toEqual({ gainDb: 16, limitDb: undefined });
  expect(firstLevelling(measure(-25, -5), target)).toEqual({ gainDb: 11, limitDb: -2 });
  const tried = { gainDb: 11, limitDb: -2 };
  expect(nextLevelling(tried, measure(-14.1, -1.4), target)).toBeUndefined();
  expect(nextLevelling(tried, measure(-15, -1.4), target)).toEqual({ gainDb: 12, limitDb: -2 });
  expect(nextLevelling(tried, measure(-14, -0.5), target)?.limitDb).toBeCloseTo(-2.7);
});

test('where a file lies and what a timeline is called do not make it another render', () => {
  const here = makeTimeline('/here/talk.mp4', [clip]);
  const there = makeTimeline('/there/talk.mp4', [clip], { name: 'another', metadata: { pivot: 1 } });
  expect(contentOf(there)).toEqual(contentOf(here));
  expect(previewSize({ width: 1080, height: 1920 })).toEqual({ width: 360, height: 640 });
});
