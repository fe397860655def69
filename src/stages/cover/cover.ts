import type { Clip, Timeline } from '../../domain/timeline.ts';
import { runRender } from '../../media/run-render.ts';
import { cropAt } from '../render/framing.ts';
import { pictureGraph, type FoundAsset } from '../render/picture-graph.ts';
import { contentOf, findAssets, previewSize } from '../render/render.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { chooseLook, lookKeys, readLooks } from './choose-frame.ts';

/** Counted up when the same timeline would get another cover. */
const coverVersion = 1;

/** The beginning of a clip is searched for its cover, in seconds: that is what viewers will see first. */
const searchedSeconds = 10;

/** How many pictures a second are looked at. */
const looksPerSecond = 3;

/**
 * Makes a clip's cover: its sharpest, best exposed picture of the first 10 s, framed as in the clip and without captions,
 * as a JPEG of the timeline's size.
 * @throws input.* when an asset cannot be read, tool.render_failed, tool.disk_full, input.not_writable
 */
export async function makeCover(
  timeline: Timeline,
  request: { outputPath: string; baseFolder: string },
  ports: { cache: StageCache },
  context: StageContext,
): Promise<void> {
  const pictures = { ...timeline, tracks: timeline.tracks.filter((track) => track.kind === 'video') };
  const work = {
    name: 'cover',
    version: coverVersion,
    inputs: { ...contentOf(pictures), loudness: undefined },
    run: async (temporaryPath: string) => {
      const assets = await findAssets(pictures, request.baseFolder, context.signal);
      const frame = await findBestFrame(pictures, assets, context.signal);
      await writeFrame(pictures, assets, frame, temporaryPath, context.signal);
    },
  };
  await ports.cache.rememberFile(work, request.outputPath);
}

async function findBestFrame(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  signal: AbortSignal,
): Promise<number> {
  const { num, den } = timeline.frameRate;
  const searched = keepStart(timeline, Math.ceil((searchedSeconds * num) / den));
  const picture = pictureGraph(searched, assets, { canvas: previewSize(timeline), captionFile: undefined });
  // Every so many frames, so that a picture's time names a frame of the timeline.
  const step = Math.max(1, Math.round(num / den / looksPerSecond));
  const look = `[picture]framestep=${step},blurdetect=block_width=32:block_height=32,signalstats[look]`;
  const { marks } = await runRender(
    {
      inputs: picture.inputs,
      filters: [...picture.lines, look].join(';\n'),
      outputs: [{ kind: 'measure', media: 'video', label: 'look', keys: Object.values(lookKeys) }],
      durationSeconds: (searched.durationFrames * den) / num,
      files: [],
    },
    { signal },
  );
  const best = chooseLook(readLooks(marks));
  return best === undefined
    ? 0
    : Math.min(searched.durationFrames - 1, Math.round((best.seconds * num) / den));
}

async function writeFrame(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  frame: number,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const picture = pictureGraph(keepFrame(timeline, frame), assets, {
    canvas: timeline,
    captionFile: undefined,
  });
  // JPEG files are full range and BT.601 by definition (JFIF).
  const convert =
    '[picture]scale=in_color_matrix=bt709:out_color_matrix=bt601:in_range=tv:out_range=pc,format=yuvj420p[still]';
  await runRender(
    {
      inputs: picture.inputs,
      filters: [...picture.lines, convert].join(';\n'),
      outputs: [
        {
          kind: 'file',
          path,
          format: 'mjpeg',
          formatOptions: {},
          streams: [
            {
              kind: 'video',
              label: 'still',
              encoder: 'mjpeg',
              options: { qmin: '2', qmax: '2', color_range: 'pc' },
            },
          ],
        },
      ],
      durationSeconds: 0,
      files: [],
    },
    { signal },
  );
}

/** The first frames of a timeline, as a timeline. */
export function keepStart(timeline: Timeline, frames: number): Timeline {
  const durationFrames = Math.min(frames, timeline.durationFrames);
  return {
    ...timeline,
    durationFrames,
    transitions: [],
    tracks: timeline.tracks.map((track) => ({
      ...track,
      clips: track.clips
        .filter((clip) => clip.startFrame < durationFrames)
        .map((clip) => shortenClip(clip, durationFrames - clip.startFrame)),
    })),
  };
}

function shortenClip(clip: Clip, frames: number): Clip {
  return { ...clip, durationFrames: Math.min(clip.durationFrames, frames) };
}

/** One frame of a timeline, as a timeline. */
export function keepFrame(timeline: Timeline, frame: number): Timeline {
  return {
    ...timeline,
    durationFrames: 1,
    transitions: [],
    tracks: timeline.tracks.map((track) => ({
      ...track,
      clips: track.clips
        .filter((clip) => clip.startFrame <= frame && frame < clip.startFrame + clip.durationFrames)
        .map((clip) => keepClipFrame(clip, frame - clip.startFrame)),
    })),
  };
}

function keepClipFrame(clip: Clip, offset: number): Clip {
  return {
    ...clip,
    startFrame: 0,
    durationFrames: 1,
    sourceStartFrame: clip.sourceStartFrame + Math.floor((offset * clip.speed.num) / clip.speed.den),
    effects: clip.effects.map((effect) => {
      const rectangle = effect.kind === 'crop' ? cropAt(effect, offset) : undefined;
      return rectangle === undefined ? effect : { kind: 'crop', keyframes: [{ ...rectangle, frame: 0 }] };
    }),
  };
}
