import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { Timeline } from '../../domain/timeline.ts';
import type { OpenSpeechDetector } from '../../ports/speech-detector.ts';
import type { Transcriber } from '../../ports/transcriber.ts';
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
