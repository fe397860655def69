import { contentRange } from '../../domain/content-range.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { runRender } from '../../media/run-render.ts';
import { writeAss } from '../captions/write-ass.ts';
import type { FoundAsset } from '../render/graph-part.ts';
import { pictureGraph } from '../render/picture-graph.ts';
import { contentOf, findAssets, previewSize } from '../render/render.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { chooseLook, lookKeys, readLooks, type FrameLook } from './choose-frame.ts';
import { keepFrames } from './keep-frames.ts';
import { addCoverTitle, withoutTitles } from './title-cover.ts';

/** Counted up when the same timeline would get another cover. */
const coverVersion = 2;

/** The beginning of a clip is searched for its cover, in seconds: that is what viewers will see first. */
const searchedSeconds = 10;

/** How many pictures a second are looked at. */
const looksPerSecond = 3;

const titleFile = 'title.ass';

/** What a cover is made as. */
export type CoverRequest = {
  readonly outputPath: string;
  /** Relative asset paths start here. */
  readonly baseFolder: string;
  /** Set over the picture, so that a thumbnail of 120 px can be read; none when left out. */
  readonly title?: string | undefined;
};

/**
 * Makes a clip's cover: the sharpest, stillest, best exposed picture of its first 10 s (after an intro), framed as in the clip
 * and without captions, as a JPEG of the timeline's size; with a title where one is asked for.
 * @throws input.* when an asset cannot be read, tool.render_failed, tool.disk_full, input.not_writable
 */
export async function makeCover(
  timeline: Timeline,
  request: CoverRequest,
  ports: { cache: StageCache },
  context: StageContext,
): Promise<void> {
  const { title, baseFolder } = request;
  const pictures = {
    ...timeline,
    captions: { style: 'none', cues: [] },
    tracks: timeline.tracks.filter((track) => track.kind === 'video'),
  };
  const work = {
    name: 'cover',
    version: coverVersion,
    inputs: {
      ...contentOf(pictures),
      loudness: undefined,
      content: contentRange(timeline),
      title,
      fonts: title === undefined ? undefined : timeline.fonts?.map((font) => font.contentHash),
    },
    run: async (temporaryPath: string) => {
      const found = await findCoverFrame(pictures, { baseFolder }, context);
      const frame = keepFrames(pictures, found, found + 1);
      const assets = await findAssets(withoutTitles(frame), baseFolder, context.signal);
      const titled = title === undefined ? withoutTitles(frame) : addCoverTitle(frame, title, baseFolder);
      await writeFrame(titled, assets, { path: temporaryPath, baseFolder }, context.signal);
    },
  };
  await ports.cache.rememberFile(work, request.outputPath);
}

/** The frame of a timeline that makes its best cover: of the clip's first 10 s, after an intro. @throws as {@link makeCover} */
export async function findCoverFrame(
  timeline: Timeline,
  { baseFolder }: Pick<CoverRequest, 'baseFolder'>,
  { signal }: Pick<StageContext, 'signal'>,
): Promise<number> {
  const { startFrame, endFrame } = contentRange(timeline);
  const { num, den } = timeline.frameRate;
  const searchedEnd = Math.min(endFrame, startFrame + Math.ceil((searchedSeconds * num) / den));
  const plain = withoutTitles(timeline);
  const assets = await findAssets(plain, baseFolder, signal);
  const searched = keepFrames(plain, startFrame, searchedEnd);
  const { looks, step } = await lookAtFrames(searched, assets, looksPerSecond, signal);
  const frameOf = (seconds: number) => Math.round((seconds * num) / den);
  const seconds = looks.filter((candidate) => frameOf(candidate.seconds) % step === Math.min(1, step - 1));
  // A clip of one frame has no neighbours.
  const best = chooseLook(seconds.length > 0 ? seconds : looks);
  const offset = best === undefined ? 0 : Math.min(searched.durationFrames - 1, frameOf(best.seconds));
  return startFrame + offset;
}

/**
 * Looks at a timeline's pictures, so many a second: the second of a pair each time, which tells how much moves. Times are those of the
 * timeline; `step` is how many frames lie between two pairs.
 */
export async function lookAtFrames(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  perSecond: number,
  signal: AbortSignal,
): Promise<{ readonly looks: readonly FrameLook[]; readonly step: number }> {
  const { num, den } = timeline.frameRate;
  const picture = pictureGraph(timeline, assets, { canvas: previewSize(timeline), captionFile: undefined });
  // Every so many frames a pair of neighbours; times name frames.
  const step = Math.max(1, Math.round(num / den / perSecond));
  const look = `[picture]select='lt(mod(n,${step}),2)',blurdetect=block_width=32:block_height=32,signalstats[look]`;
  const { marks } = await runRender(
    {
      inputs: picture.inputs,
      filters: [...picture.lines, look].join(';\n'),
      outputs: [{ kind: 'measure', media: 'video', label: 'look', keys: Object.values(lookKeys) }],
      durationSeconds: (timeline.durationFrames * den) / num,
      files: [],
    },
    { signal },
  );
  return { looks: readLooks(marks), step };
}

/** Writes a timeline of one frame as a JPEG file. @throws as {@link makeCover} */
export async function writeFrame(
  frame: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  { path, baseFolder }: { path: string; baseFolder: string },
  signal: AbortSignal,
): Promise<void> {
  const script = writeAss(frame, { baseFolder });
  const picture = pictureGraph(frame, assets, {
    canvas: frame,
    captionFile: script === undefined ? undefined : titleFile,
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
      files:
        script === undefined
          ? []
          : [
              { name: titleFile, text: script.text },
              ...script.fontFiles.map((font) => ({ name: font.name, copyOf: font.path })),
            ],
    },
    { signal },
  );
}
