import { expect, test } from 'vitest';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { MediaInfo, VideoStream } from '../../domain/media.ts';
import type { Clip, Effect } from '../../domain/timeline.ts';
import { tempoFilters } from '../../media/feed-sound.ts';
import type { PictureInput, SoundInput } from '../../media/render-graph.ts';
import { cropAt, linesThrough, stretchExpression } from './crop-path.ts';
import { framingFilters } from './framing.ts';
import { firstLevelling, nextLevelling } from './level-sound.ts';
import { pictureGraph } from './picture-graph.ts';
import { contentOf, previewSize } from './render.ts';
import { soundGraph } from './sound-graph.ts';

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

type CropKeys = Extract<Effect, { kind: 'crop' }>['keyframes'];

function frameClips(
  crops: readonly (CropKeys | undefined)[],
  stream: VideoStream = video,
  blurPx = 0,
): string[] {
  return framingFilters({
    clips: crops.map((keyframes, index) => ({
      startFrame: index * 10,
      crop: keyframes === undefined ? undefined : { kind: 'crop', keyframes },
    })),
    video: stream,
    target: canvas,
    blurPx,
    frameRate: { num: 25, den: 1 },
    name: 'a',
  });
}

const scale = 'scale=1080:1920:flags=bicubic:out_color_matrix=bt709:out_range=tv';

test('the middle of a wide picture fills a tall canvas', () => {
  expect(frameClips([undefined])).toEqual(['crop=608:1080:656:0', scale, 'setsar=1', 'format=yuv420p']);
});

test('a turned picture is turned first, and a crop counts the pixels that a viewer sees', () => {
  const turned = { ...video, rotationDegrees: 90, displayWidth: 1080, displayHeight: 1920 };
  expect(frameClips([undefined], turned)).toEqual(['transpose=clock', scale, 'setsar=1', 'format=yuv420p']);
  const anamorphic = { ...video, width: 960, sampleAspectRatio: { num: 2, den: 1 } };
  expect(frameClips([[{ frame: 0, x: 400, y: 0, width: 607.5, height: 1080 }]], anamorphic)[0]).toBe(
    'crop=304:1080:200:0',
  );
});

test('high dynamic range is mapped down after it was made small', () => {
  const filters = frameClips([undefined], { ...video, colorTransfer: 'smpte2084' });
  expect(filters[1]).toBe('scale=1080:1920:flags=bicubic');
  expect(filters.find((text) => text.startsWith('tonemap='))).toBeDefined();
});

test('transparency stays until tracks are laid over each other', () => {
  expect(frameClips([undefined], { ...video, pixelFormat: 'rgba' }).at(-1)).toBe('format=yuva420p');
});

test('a blur is drawn small and made large', () => {
  expect(frameClips([undefined], video, 40)).toEqual([
    'crop=608:1080:656:0',
    'scale=108:192:flags=bicubic:out_color_matrix=bt709:out_range=tv',
    'setsar=1',
    'format=yuv420p',
    'gblur=sigma=4:steps=2',
    'scale=1080:1920:flags=bicubic',
    'setsar=1',
  ]);
  expect(frameClips([undefined], video, 2).at(-1)).toBe('gblur=sigma=2:steps=2');
});

test('clips with crops of their own in one run: the crop changes between two frames', () => {
  const whole: CropKeys = [{ frame: 0, x: 656, y: 0, width: 607.5, height: 1080 }];
  const closer: CropKeys = [{ frame: 0, x: 700, y: 40, width: 540, height: 960 }];
  expect(frameClips([whole, closer, closer, whole]).slice(0, 4)).toEqual([
    "sendcmd=c='0.38 crop@a w 540\\,crop@a h 960\\,crop@a x 700\\,crop@a y 40\\;1.18 crop@a w 608\\,crop@a h 1080\\,crop@a x 656\\,crop@a y 0'",
    'crop@a=608:1080:656:0',
    'null',
    scale,
  ]);
});

test('a camera move is sampled between pixels, within a window that goes along', () => {
  const filters = frameClips([
    [
      { frame: 0, x: 0, y: 0, width: 540, height: 960 },
      { frame: 10, x: 100, y: 0, width: 500, height: 888.9 },
    ],
  ]);
  const crops = filters.filter((text) => text.startsWith('crop='));
  expect(crops[0]).toMatch(/^crop=6\d\d:96\d:0:0$/u);
  expect(crops[1]).toMatch(/^crop=1086:19\d\d:x='2\*floor\(clip\(if\(lt\(n,10\)/u);
  expect(crops[2]).toBe('crop=1080:1920:0:0');
  expect(filters.find((text) => text.startsWith('perspective='))).toContain('(on-1)');
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
  const path = linesThrough([
    { frame: 5, value: 1 },
    { frame: 7, value: 2 },
  ]);
  expect(stretchExpression(path)).toBe('if(lt(n,5),1,if(lt(n,7),1+(n-5)*0.5,2))');
});

test('a crop with a thousand keyframes is an expression that is nested no deeper than FFmpeg reads', () => {
  const path = stretchExpression(
    linesThrough(Array.from({ length: 1000 }, (_, index) => ({ frame: index * 2, value: index % 7 }))),
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

test('a timeline of one clip is one chain of whole frames', () => {
  const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'one', sourceStartFrame: 25 })]);
  const { inputs, lines } = pictureGraph(timeline, assets, { canvas: timeline, captionFile: 'captions.ass' });
  expect(inputs).toEqual([
    {
      kind: 'pictures',
      path: '/films/talk.mp4',
      streamIndex: 0,
      isImage: false,
      label: 'v0s0in',
      frameRate: { num: 25, den: 1 },
      filters: undefined,
      pieces: [{ fromSeconds: 1, frames: 50, speed: 1, neededAtSeconds: 0 }],
    },
  ]);
  expect(lines).toEqual([
    '[v0s0in]null[v0s0pic]',
    '[v0s0pic]crop=608:1080:656:0,scale=180:320:flags=bicubic:out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p,tpad=stop_mode=add:color=black:stop=50,trim=end_frame=50,format=yuv420p,settb=1/25,setpts=N[v0s0]',
    '[v0s0]ass=filename=captions.ass:fontsdir=.,format=yuv420p,setsar=1,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,trim=end_frame=50,settb=1/25,setpts=N[picture]',
  ]);
});

test('many pieces of one file are one input and one chain, and neighbours that go on are one piece', () => {
  const starts = [0, 10, 30, 45];
  const clips = starts.map((sourceStartFrame, index) =>
    makeClip({ id: `c${index}`, startFrame: index * 10, durationFrames: 10, sourceStartFrame }),
  );
  const { inputs, lines } = pictureGraph(makeTimeline('talk.mp4', clips), assets, {
    canvas,
    captionFile: undefined,
  });
  expect(inputs).toHaveLength(1);
  expect((inputs[0] as PictureInput).pieces.map(({ frames }) => frames)).toEqual([20, 10, 10]);
  expect(lines).toHaveLength(3);
});

test('two cameras by turns are two inputs and two chains, cut apart after', () => {
  const clips = [0, 1, 2, 3].map((index) =>
    makeClip({
      id: `c${index}`,
      assetId: index % 2 === 0 ? 'talk' : 'other',
      startFrame: index * 10,
      durationFrames: 10,
      sourceStartFrame: index * 10,
    }),
  );
  const base = makeTimeline('talk.mp4', clips);
  const timeline = { ...base, assets: [...base.assets, { ...base.assets[0]!, id: 'other' }] };
  const two = new Map([...assets, ['other', { path: '/films/other.mp4', info }]]);
  const { inputs, lines } = pictureGraph(timeline, two, { canvas, captionFile: undefined });
  expect(inputs.map((input) => (input as PictureInput).pieces)).toMatchObject([
    [
      { fromSeconds: 0, neededAtSeconds: 0 },
      { fromSeconds: 0.8, neededAtSeconds: 0.8 },
    ],
    [
      { fromSeconds: 0.4, neededAtSeconds: 0.4 },
      { fromSeconds: 1.2, neededAtSeconds: 1.2 },
    ],
  ]);
  expect(lines.filter((line) => line.includes('scale='))).toHaveLength(2);
  expect(lines).toContain('[v0s0all]split=2[v0s0part][v0s2part]');
  expect(lines).toContain('[v0s2part]trim=start_frame=10:end_frame=20,settb=1/25,setpts=N[v0s2]');
});

test('what two tracks show at the same time is decoded once; what is placed is drawn no larger than its place', () => {
  const starts = [0, 30];
  const track = (id: string, effects: Effect[]) => ({
    id,
    kind: 'video' as const,
    clips: starts.map((sourceStartFrame, index) =>
      makeClip({
        id: `${id}${index}`,
        startFrame: index * 10,
        durationFrames: 10,
        sourceStartFrame,
        effects,
      }),
    ),
  });
  const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'one', durationFrames: 20 })], {
    width: 1080,
    height: 1920,
    tracks: [
      track('below', [{ kind: 'blur', radius: 0.05 }]),
      track('above', [{ kind: 'place', x: 0, y: 656, width: 1080, height: 608 }]),
    ],
  });
  const { inputs, lines } = pictureGraph(timeline, assets, { canvas, captionFile: undefined });
  expect(inputs).toHaveLength(1);
  expect(lines[0]).toBe('[v0s0in]split=2[v0s0pic][v1s0pic]');
  expect(lines).toContain('[v0s0][v1s0]overlay=x=0:y=656:format=auto:eof_action=pass[over1]');
  expect(lines.find((line) => line.startsWith('[v1s0pic]'))).toContain('scale=1080:608:');
});

test('gaps are black, upper tracks see-through, a dissolve uses handles of both clips', () => {
  const clips = [
    makeClip({ id: 'one', startFrame: 10, durationFrames: 50 }),
    makeClip({ id: 'two', assetId: 'other', startFrame: 60, durationFrames: 40, sourceStartFrame: 100 }),
  ];
  const other = { path: '/films/other.mp4', info };
  const two = new Map([...assets, ['other', other]]);
  const base = makeTimeline('talk.mp4', clips);
  const withOther = { ...base, assets: [...base.assets, { ...base.assets[0]!, id: 'other' }] };
  expect(graphLines(withOther, two)).toEqual([
    '[v0s0][v0s1]concat=n=2:v=1:a=0[v0j1]',
    '[v0j1][v0s2]concat=n=2:v=1:a=0[v0j2]',
  ]);
  const transition = { id: 'x', trackId: 'picture', kind: 'dissolve', durationFrames: 10 } as const;
  const dissolve = { ...base, transitions: [{ ...transition, fromClipId: 'one', toClipId: 'two' }] };
  const sameAsset = {
    ...dissolve,
    tracks: dissolve.tracks.map((track) => ({
      ...track,
      clips: track.clips.map((each): Clip => ({ ...each, assetId: 'talk' })),
    })),
  };
  const { inputs, lines } = pictureGraph(sameAsset, assets, { canvas: dissolve, captionFile: undefined });
  // 10 black frames, 50 and 5 of the first clip: the dissolve starts at frame 55.
  expect(lines).toContain('[v0j1][v0s2]xfade=transition=fade:duration=0.400000:offset=2.200000[v0j2]');
  expect(inputs[1]).toMatchObject({ pieces: [{ fromSeconds: 3.8, frames: 45, neededAtSeconds: 2.2 }] });
});

function graphLines(timeline: Parameters<typeof pictureGraph>[0], files: typeof assets): string[] {
  const { lines } = pictureGraph(timeline, files, { canvas: timeline, captionFile: undefined });
  return lines.filter((line) => line.includes('concat='));
}

test('sound fades over 10 ms across a cut and at its edges, and not where it goes on', () => {
  const timeline = makeTimeline('talk.mp4', [
    makeClip({ id: 'one' }),
    makeClip({ id: 'two', startFrame: 50, sourceStartFrame: 100 }),
    makeClip({ id: 'three', startFrame: 100, sourceStartFrame: 150 }),
  ]);
  const { inputs, lines } = soundGraph(timeline, assets, { gainDb: 3, limitDb: undefined });
  expect((inputs[0] as SoundInput).pieces).toMatchObject([
    { fromSeconds: 0, startSample: 0, samples: 96_240, fadeInSamples: 480, fadeOutSamples: 480 },
    { fromSeconds: 3.995, startSample: 95_760, samples: 192_240, fadeInSamples: 480, fadeOutSamples: 480 },
  ]);
  expect(lines).toEqual([
    '[a0]aformat=sample_fmts=fltp:channel_layouts=stereo,volume=3.000dB:precision=float,apad=whole_len=288000,atrim=end_sample=288000,asettb=1/48000,asetpts=N[sound]',
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
