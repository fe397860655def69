import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { Timeline } from '../../domain/timeline.ts';
import type { RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { writeAss } from '../captions/write-ass.ts';
import type { StageCache } from '../stage.ts';
import { mergeParts } from './merge-graphs.ts';
import { renderTogether, sharedGraph } from './render-together.ts';
import { findAssets, renderTimeline, timelineGraph } from './render.ts';

const scaling = /\bscale=/gu;

/** A talk with a cut, a move of the camera and a cut beside it, in which two caption styles and two framings differ. */
async function makeVariations(folder: string): Promise<Timeline[]> {
  const path = await makeMedia({ path: join(folder, 'talk.mp4'), durationMs: 4000 });
  const crop = (x: number, width: number) => ({
    kind: 'crop' as const,
    keyframes: [{ frame: 0, x, y: 0, width, height: (width * 16) / 9 }],
  });
  const clips = (width: number) => [
    makeClip({ id: 'one', durationFrames: 20, effects: [crop(0, width)] }),
    makeClip({
      id: 'two',
      startFrame: 20,
      durationFrames: 20,
      sourceStartFrame: 45,
      effects: [crop(60, width)],
    }),
  ];
  const words = [
    { text: 'Hello', startMs: 0, endMs: 900, sourceStartMs: 0, sourceEndMs: 900, assetId: 'talk' },
  ];
  const captions = (style: string) => ({ style, cues: [{ startMs: 0, endMs: 900, words }] });
  const plain = makeTimeline(path, clips(90));
  return [
    plain,
    { ...plain, captions: captions('pop') },
    { ...plain, captions: captions('boxed') },
    makeTimeline(path, clips(72), { captions: captions('boxed') }),
  ];
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-together-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** With several threads x264 gives two renders of the same pictures a few different bytes. */
function withOneThread(graph: RenderGraph): RenderGraph {
  const outputs = graph.outputs.map((output) =>
    output.kind === 'measure'
      ? output
      : Object.assign({}, output, {
          streams: output.streams.map((stream) =>
            stream.kind === 'video'
              ? Object.assign({}, stream, { options: Object.assign({ threads: '1' }, stream.options) })
              : stream,
          ),
        }),
  );
  return { ...graph, outputs };
}

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

test('variations of a cut are decoded and scaled once, and their encoders get the very pictures and sounds of separate renders', async () => {
  const folder = await temporaryFolder();
  const variations = await makeVariations(folder);
  const { signal } = makeContext();
  const assets = await findAssets(variations[0]!, folder, signal);
  const partOf = (timeline: Timeline, path: string) => ({
    timeline,
    script: writeAss(timeline),
    path,
    assets,
    levelling: undefined,
  });
  const together = sharedGraph(
    variations.map((timeline, index) => partOf(timeline, join(folder, `together-${index}.mp4`))),
    false,
  );
  expect(together.inputs.filter((input) => 'kind' in input && input.kind === 'pictures')).toHaveLength(1);
  expect(together.inputs.filter((input) => 'kind' in input && input.kind === 'sound')).toHaveLength(1);
  // Three share a framing, and one has another.
  expect(together.filters.match(scaling)).toHaveLength(2);
  const { decodedPictures } = await runRender(withOneThread(together));
  let decodedAlone: number | undefined;
  for (const [index, timeline] of variations.entries()) {
    const path = join(folder, `alone-${index}.mp4`);
    const { script, levelling } = partOf(timeline, path);
    const alone = await runRender(
      withOneThread(timelineGraph(timeline, assets, { path, preview: false, levelling, script })),
    );
    decodedAlone ??= alone.decodedPictures;
    expect(await hashOf(join(folder, `together-${index}.mp4`)), `variation ${index}`).toBe(
      await hashOf(path),
    );
  }
  expect(decodedAlone).toBeGreaterThanOrEqual(40);
  expect(decodedPictures).toBe(decodedAlone);
  expect(
    new Set(await Promise.all(variations.map((_, index) => hashOf(join(folder, `alone-${index}.mp4`))))).size,
  ).toBe(4);
});

test('what is in the cache is taken from it, the rest is rendered together, and the same film twice is rendered once', async () => {
  const folder = await temporaryFolder();
  const [plain, pop, boxed] = await makeVariations(folder);
  if (plain === undefined || pop === undefined || boxed === undefined) throw new Error('no variations');
  const asked: string[] = [];
  const cache: StageCache = {
    ...forgetfulCache,
    async rememberFile(work, path) {
      // The plain one was made before.
      if (path.endsWith('plain.mp4')) return { fresh: false };
      asked.push(path);
      return forgetfulCache.rememberFile(work, path);
    },
  };
  const target = (timeline: Timeline, name: string) => ({
    timeline,
    outputPath: join(folder, `${name}.mp4`),
  });
  const targets = [target(plain, 'plain'), target(pop, 'pop'), target({ ...pop, name: 'again' }, 'again')];
  const request = { preview: true, baseFolder: folder };
  const made = await renderTogether(targets, request, { cache }, makeContext());
  expect(made.map(({ fresh }) => fresh)).toEqual([false, true, true]);
  expect(asked).toHaveLength(2);
  const alone = join(folder, 'alone.mp4');
  await renderTimeline(pop, { ...request, outputPath: alone }, { cache }, makeContext());
  const [size, again] = await Promise.all(
    [alone, join(folder, 'again.mp4')].map(async (path) => (await stat(path)).size),
  );
  expect(Math.abs((again ?? 0) / (size ?? 1) - 1)).toBeLessThan(0.02);
  // A source that is gone fails all that need it, with its own error.
  const gone = {
    ...boxed,
    assets: boxed.assets.map((asset) => ({ ...asset, path: 'gone.mp4' })),
  } as Timeline;
  await expect(
    renderTogether([target(gone, 'gone'), target(boxed, 'boxed')], request, { cache }, makeContext()),
  ).rejects.toMatchObject({ code: 'input.missing' });
});

test('chains that do the same are one, what several read is split, and an end that is read on keeps its name', () => {
  const input = {
    kind: 'pictures' as const,
    path: '/talk.mp4',
    streamIndex: 0,
    isImage: false,
    label: 'in',
    frameRate: { num: 25, den: 1 },
    filters: undefined,
    pieces: [{ fromSeconds: 0, frames: 1, speed: 1, neededAtSeconds: 0 }],
  };
  const framed = "[in]sendcmd=c='1 crop@v0 x 3\\;2 crop@v0 x 4',crop@v0=2:2:0:0,scale=4:4[a]";
  const merged = mergeParts(
    [
      { inputs: [input], lines: [framed, '[a]null[picture]'] },
      {
        inputs: [{ ...input, label: 'other' }],
        lines: [framed.replace('[in]', '[other]'), '[a]null[b]', '[b]negate[picture]'],
      },
    ],
    'picture',
    'p',
  );
  expect(merged.inputs).toHaveLength(1);
  expect(merged.lines).toEqual([
    "[p0]sendcmd=c='1 crop@p1 x 3\\;2 crop@p1 x 4',crop@p1=2:2:0:0,scale=4:4[p1]",
    '[p1]null[p5]',
    '[p4]negate[p3]',
    '[p5]split=2[p2][p4]',
  ]);
  expect(merged.ends).toEqual(['p2', 'p3']);
});
