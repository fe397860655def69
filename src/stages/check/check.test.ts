import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { brandSchema, type Brand } from '../../domain/brand.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { probeMedia } from '../../media/probe.ts';
import type { OpenSpeechDetector } from '../../ports/speech-detector.ts';
import type { Transcriber } from '../../ports/transcriber.ts';
import { applyBrand } from '../plan/brand.ts';
import { renderTimeline } from '../render/render.ts';
import { checkCaptions } from './caption-rules.ts';
import { checkRendition } from './check.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-check-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Hears nothing: what is tested here is what FFmpeg measures. */
const deaf: Transcriber = {
  model: 'deaf',
  languages: ['en'],
  batchSize: 1,
  concurrency: 1,
  transcribe: (batch) => Promise.resolve(batch.map(() => ({ words: [] }))),
  close: () => Promise.resolve(),
};
const hearsNoSpeech: OpenSpeechDetector = () =>
  Promise.resolve({
    model: 'none',
    windowSamples: 512,
    push: (samples) => Promise.resolve(new Float32Array(Math.floor(samples.length / 512))),
    close: () => Promise.resolve(),
  });
const ports = { transcriber: deaf, openSpeechDetector: hearsNoSpeech, cache: forgetfulCache };

async function renderAndCheck(timeline: Timeline, name: string) {
  const outputPath = join(folder, name);
  const request = { outputPath, preview: false, baseFolder: folder };
  await renderTimeline(timeline, request, { cache: forgetfulCache }, makeContext());
  const report = await checkRendition(outputPath, timeline, ports, makeContext());
  return {
    report,
    status: (rule: string) => report.findings.find((finding) => finding.rule === rule)?.status,
  };
}

test('a clip of a still source is not called frozen, and is measured whole', async () => {
  const path = await makeMedia({
    path: join(folder, 'still.mp4'),
    durationMs: 5000,
    pattern: 'color=c=teal',
  });
  const timeline = makeTimeline(path, [makeClip({ id: 'one', durationFrames: 100, sourceStartFrame: 10 })]);
  const { report, status } = await renderAndCheck(timeline, 'still-clip.mp4');
  expect(report).toMatchObject({
    durationMs: 4000,
    width: 180,
    height: 320,
    frameRate: 25,
    status: 'passed',
  });
  expect(report.findings.find(({ rule }) => rule === 'frozen')?.text).toContain('so is the source');
  for (const rule of ['duration', 'size', 'frame_rate', 'black', 'loudness', 'true_peak', 'av_offset']) {
    expect(status(rule), rule).toBe('passed');
  }
});

test('a clip that shows the still part of a moving source, piece by piece, is not called frozen', async () => {
  const path = await makeMedia({
    path: join(folder, 'moves-beside.mp4'),
    durationMs: 8000,
    pictureFilters: 'drawbox=x=100:w=120:h=ih:color=teal:t=fill',
  });
  const crop = (x: number, width: number) => ({
    kind: 'crop' as const,
    keyframes: [{ frame: 0, x, y: 0, width, height: (width * 16) / 9 }],
  });
  const clips = [0, 25, 50, 75].map((startFrame, index) =>
    makeClip({
      id: `piece-${index}`,
      startFrame,
      durationFrames: 25,
      sourceStartFrame: startFrame + index * 15,
      effects: [index % 2 === 0 ? crop(110, 100) : crop(114, 92)],
    }),
  );
  const timeline = makeTimeline(path, clips);
  const { report } = await renderAndCheck(timeline, 'beside-clip.mp4');
  const frozen = report.findings.filter(({ rule }) => rule === 'frozen');
  expect(frozen).toMatchObject([{ status: 'passed' }]);
  expect(frozen[0]?.text).toContain('so is the source');
});

test('a still file of a moving source is called frozen', async () => {
  const moving = await makeMedia({ path: join(folder, 'moving.mp4'), durationMs: 4000 });
  const still = await makeMedia({
    path: join(folder, 'stuck.mp4'),
    durationMs: 4000,
    width: 180,
    height: 320,
    pattern: 'color=c=teal',
  });
  const timeline = makeTimeline(moving, [makeClip({ id: 'one', durationFrames: 100 })]);
  const report = await checkRendition(still, timeline, ports, makeContext());
  expect(report.findings.filter(({ rule }) => rule === 'frozen')).toMatchObject([{ status: 'failed' }]);
});

test('the words of an intro are not those of the clip', async () => {
  const path = await makeMedia({ path: join(folder, 'whole.mp4'), durationMs: 7000 });
  const heard: { fromMs: number; toMs: number }[] = [];
  const listens: Transcriber = {
    ...deaf,
    model: 'listens',
    transcribe: (batch) => {
      for (const { startMs, samples } of batch) {
        heard.push({ fromMs: startMs, toMs: startMs + samples.length / 16 });
      }
      return Promise.resolve(batch.map(() => ({ words: [] })));
    },
  };
  const hearsSpeech: OpenSpeechDetector = () => {
    let samplesLeft = 0;
    return Promise.resolve({
      model: 'all',
      windowSamples: 512,
      push: (samples) => {
        samplesLeft += samples.length;
        const windows = Math.floor(samplesLeft / 512);
        samplesLeft -= windows * 512;
        return Promise.resolve(new Float32Array(windows).fill(1));
      },
      close: () => Promise.resolve(),
    });
  };
  const timeline = {
    ...makeTimeline(path, [makeClip({ id: 'one', durationFrames: 175 })]),
    metadata: { pivot: { content: { startFrame: 50, endFrame: 150 } } },
  };
  const both = { ...ports, transcriber: listens, openSpeechDetector: hearsSpeech };
  await checkRendition(path, timeline, both, makeContext());
  expect(heard.length).toBeGreaterThan(0);
  expect(Math.min(...heard.map(({ fromMs }) => fromMs))).toBeGreaterThanOrEqual(2000);
  expect(Math.max(...heard.map(({ toMs }) => toMs))).toBeLessThanOrEqual(6100);
});

test('a clip with logo, title and a black intro of another shape, rate and sound passes', async () => {
  const path = await makeMedia({ path: join(folder, 'branded.mp4'), durationMs: 4000 });
  const introPath = await makeMedia({
    path: join(folder, 'intro.mp4'),
    durationMs: 1000,
    width: 200,
    height: 200,
    frameRate: '30000/1001',
    pattern: 'color=c=black',
    sampleRateHz: 22_050,
  });
  const zero = `sha256:${'0'.repeat(64)}`;
  const info = await probeMedia(introPath);
  const logoPath = fileURLToPath(new URL('../../../examples/brand/logo.png', import.meta.url));
  const brand: Brand = {
    document: brandSchema.parse({ version: 1, logo: { path: 'logo.png' }, title: {}, intro: 'intro.mp4' }),
    captionFont: undefined,
    titleFont: undefined,
    captionLook: undefined,
    logo: { path: logoPath, contentHash: zero, width: 240, height: 240 },
    intro: { path: introPath, contentHash: zero, info, integratedLufs: -17 },
    outro: undefined,
  };
  const planned = makeTimeline(path, [makeClip({ id: 'one', durationFrames: 75 })]);
  const timeline = applyBrand(planned, brand, { title: 'It passes', sourceLufs: -17 });
  const { report } = await renderAndCheck(timeline, 'branded-clip.mp4');
  const failed = report.findings.filter(({ status }) => status === 'failed');
  expect(failed).toEqual([]);
  expect(report.durationMs).toBeGreaterThanOrEqual(4000);
  const black = report.findings.filter(({ rule }) => rule === 'black');
  expect(black).toMatchObject([{ status: 'passed', startMs: 0 }]);
  expect(black[0]?.text).toContain('so is the source');
});

test('what is too short to be heard back is not said to have lost its words', async () => {
  const path = await makeMedia({ path: join(folder, 'short.mp4'), durationMs: 2000 });
  const cue = { text: 'Hi', startMs: 0, endMs: 500, sourceStartMs: 0, sourceEndMs: 500, assetId: 'talk' };
  const captions = { style: 'none', cues: [{ startMs: 0, endMs: 500, words: [cue] }] };
  const timeline = makeTimeline(path, [makeClip({ id: 'one' })], { captions });
  const report = await checkRendition(path, timeline, ports, makeContext());
  expect(report.findings.filter(({ rule }) => rule === 'words')).toMatchObject([{ status: 'skipped' }]);
});

test('a file against the timeline of another fails, with the reasons', async () => {
  const path = await makeMedia({
    path: join(folder, 'quiet.mp4'),
    durationMs: 4000,
    tone: '0.02*sin(2*PI*440*t)',
  });
  const other = makeTimeline(path, [makeClip({ id: 'one', durationFrames: 90 })]);
  const report = await checkRendition(path, other, ports, makeContext());
  expect(report.status).toBe('failed');
  const failed = report.findings.filter(({ status }) => status === 'failed').map(({ rule }) => rule);
  expect(failed).toEqual(['duration', 'size', 'loudness']);
  const alone = await checkRendition(path, undefined, ports, makeContext());
  expect(alone.findings.find(({ rule }) => rule === 'words')?.status).toBe('skipped');
});

test('drawn captions are measured against the safe box', async () => {
  const word = (text: string, startMs: number) => ({
    text,
    startMs,
    endMs: startMs + 500,
    sourceStartMs: 0,
    sourceEndMs: 0,
    assetId: 'talk',
  });
  const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'one' })], {
    width: 540,
    height: 960,
    captions: {
      style: 'pop',
      cues: [{ startMs: 0, endMs: 1000, words: [word('Hello', 0), word('world', 500)] }],
    },
  });
  const finding = await checkCaptions(timeline, makeContext());
  expect(finding.status, finding.text).toBe('passed');
});
