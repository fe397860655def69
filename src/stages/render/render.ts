import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { listDucked } from '../../domain/ducking.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { probeMedia } from '../../media/probe.ts';
import type { RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { writeAss, type AssScript } from '../captions/write-ass.ts';
import type { FileWork, StageCache, StageContext } from '../stage.ts';
import { encodedPicture, encodedSound, mp4Options } from './encoding.ts';
import type { FoundAsset, Size } from './graph-part.ts';
import { findLevelling, levellingSchema } from './level-sound.ts';
import { pictureGraph } from './picture-graph.ts';
import { hasSound, soundGraph, type Levelling } from './sound-graph.ts';

/** What to render, and where to. */
export type RenderRequest = {
  /** The finished file; it appears only when it is whole. */
  readonly outputPath: string;
  /** A fast look: 360 pixels on the short side. */
  readonly preview: boolean;
  /** Relative asset paths start here. */
  readonly baseFolder: string;
};

/** Counted up when the same timeline would give another file. */
const renderVersion = 2;
const levellingVersion = 2;

/** The short side of a preview, in px. */
const previewShortSidePx = 360;

const captionFile = 'captions.ass';

/**
 * Renders a timeline to an MP4 file: picture, sound at its loudness target, burnt-in captions.
 * @returns whether it was rendered anew or came from the cache
 * @throws input.* when an asset cannot be read, tool.render_failed, tool.render_short, tool.disk_full, input.not_writable
 */
export async function renderTimeline(
  timeline: Timeline,
  request: RenderRequest,
  ports: { cache: StageCache },
  context: StageContext,
): Promise<{ fresh: boolean }> {
  const script = writeAss(timeline, { baseFolder: request.baseFolder });
  const work = {
    ...renderWork(timeline, script, request.preview),
    run: (temporaryPath: string) => render(timeline, script, { ...request, temporaryPath }, ports, context),
  };
  return ports.cache.rememberFile(work, request.outputPath);
}

/** What a render is called in the cache, and all that it depends on. */
export function renderWork(
  timeline: Timeline,
  script: AssScript | undefined,
  preview: boolean,
): Omit<FileWork, 'run'> {
  return {
    name: 'render',
    version: renderVersion,
    inputs: { ...contentOf(timeline), captions: captionContent(timeline, script), preview },
  };
}

/** Everything in a timeline that its pictures and sounds depend on: contents, not places; no name, no metadata. */
export function contentOf(timeline: Timeline): Record<string, unknown> {
  return {
    frameRate: timeline.frameRate,
    width: timeline.width,
    height: timeline.height,
    durationFrames: timeline.durationFrames,
    assets: timeline.assets.map((asset) =>
      asset.kind === 'file' || asset.kind === 'image' ? { ...asset, path: undefined } : asset,
    ),
    tracks: timeline.tracks,
    transitions: timeline.transitions,
    loudness: timeline.loudness,
    // Left out where nothing makes way, so that keys of before hold.
    ducked: listDucked(timeline),
  };
}

function captionContent(
  timeline: Timeline,
  script: AssScript | undefined,
): Record<string, unknown> | undefined {
  if (script === undefined) return undefined;
  return {
    script: createHash('sha256').update(script.text).digest('hex'),
    fonts: script.fontFiles.map(({ name }) => name),
    ownFonts: timeline.fonts?.map(({ id, contentHash }) => ({ id, contentHash })),
  };
}

async function render(
  timeline: Timeline,
  script: AssScript | undefined,
  request: RenderRequest & { temporaryPath: string },
  ports: { cache: StageCache },
  context: StageContext,
): Promise<void> {
  const assets = await findAssets(timeline, request.baseFolder, context.signal);
  const levelling = await rememberLevelling(timeline, assets, ports.cache, context.signal);
  const graph = timelineGraph(timeline, assets, {
    path: request.temporaryPath,
    preview: request.preview,
    levelling,
    script,
  });
  const total = graph.durationSeconds;
  context.report({ done: 0, total, unit: 's' });
  const { counts } = await runRender(graph, {
    signal: context.signal,
    onProgress: (done) => context.report({ done, total, unit: 's' }),
  });
  assertWhole(timeline, counts['picture']);
  context.report({ done: total, total, unit: 's' });
}

/** Looks whether a render is whole. @throws tool.render_short when it has not as many frames as its timeline */
export function assertWhole(timeline: Timeline, frames: number | undefined): void {
  if (frames === timeline.durationFrames) return;
  throw new PatternPivotError(
    'tool.render_short',
    `The render of "${timeline.name}" has ${frames} frames instead of ${timeline.durationFrames}.`,
    { context: { frames, expectedFrames: timeline.durationFrames } },
  );
}

/** What levels a timeline's sound, if it has any. It depends on the sound alone: another caption style or framing costs no new pass. */
export async function rememberLevelling(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  cache: StageCache,
  signal: AbortSignal,
): Promise<Levelling | undefined> {
  if (!hasSound(timeline)) return undefined;
  const { assets: contents, transitions, loudness, frameRate, durationFrames, ducked } = contentOf(timeline);
  const found = await cache.remember({
    name: 'level-sound',
    version: levellingVersion,
    inputs: {
      contents,
      transitions,
      loudness,
      frameRate,
      durationFrames,
      ducked,
      tracks: timeline.tracks.filter((track) => track.kind === 'audio'),
    },
    schema: levellingSchema.nullable(),
    run: async () => {
      const { gainDb, limitDb } = (await findLevelling(timeline, assets, { signal })) ?? {};
      if (gainDb === undefined) return null;
      return limitDb === undefined ? { gainDb } : { gainDb, limitDb };
    },
  });
  return found === null ? undefined : { gainDb: found.gainDb, limitDb: found.limitDb };
}

/** Finds the files of a timeline and what is in them. @throws input.* as `probeMedia` says */
export async function findAssets(
  timeline: Timeline,
  baseFolder: string,
  signal: AbortSignal,
): Promise<Map<string, FoundAsset>> {
  const found = new Map<string, FoundAsset>();
  const probed = new Map<string, FoundAsset>();
  for (const asset of timeline.assets) {
    if (asset.kind !== 'file' && asset.kind !== 'image') continue;
    const path = resolve(baseFolder, asset.path);
    const key = `${asset.kind} ${path}`;
    const known = probed.get(key) ?? {
      path,
      info: await probeMedia(path, { signal, isImage: asset.kind === 'image' }),
    };
    probed.set(key, known);
    found.set(asset.id, known);
  }
  return found;
}

/** A timeline as one filter graph and one MP4 file: plain data. */
export function timelineGraph(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  options: {
    path: string;
    preview: boolean;
    levelling: Levelling | undefined;
    script: AssScript | undefined;
  },
): RenderGraph {
  const { script } = options;
  const picture = pictureGraph(timeline, assets, {
    canvas: options.preview ? previewSize(timeline) : timeline,
    captionFile: script === undefined ? undefined : captionFile,
  });
  const sound = soundGraph(timeline, assets, options.levelling);
  const encoded = encodedSound('sound');
  return {
    inputs: [...picture.inputs, ...sound.inputs],
    filters: [...picture.lines, ...sound.lines, encoded.line].join(';\n'),
    outputs: [
      {
        kind: 'file',
        path: options.path,
        format: 'mp4',
        formatOptions: mp4Options,
        streams: [
          encodedPicture('picture', timeline.frameRate, options.preview ? 'preview' : 'final'),
          encoded.stream,
        ],
      },
    ],
    durationSeconds: (timeline.durationFrames * timeline.frameRate.den) / timeline.frameRate.num,
    files:
      script === undefined
        ? []
        : [
            { name: captionFile, text: script.text },
            ...script.fontFiles.map(({ name, path }) => ({ name, copyOf: path })),
          ],
  };
}

/** The same shape with 360 px on the short side, even; never larger than the timeline. */
export function previewSize(size: Size): Size {
  const scale = Math.min(1, previewShortSidePx / Math.min(size.width, size.height));
  const even = (value: number) => Math.max(16, 2 * Math.round((value * scale) / 2));
  return { width: even(size.width), height: even(size.height) };
}
