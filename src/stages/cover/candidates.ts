import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentRange } from '../../domain/content-range.ts';
import { frameToMs } from '../../domain/time.ts';
import type { Timeline, TitleAsset } from '../../domain/timeline.ts';
import { startFaceFinder, type SeenFace } from '../../inference/face-finder.ts';
import { runRender } from '../../media/run-render.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Box } from '../captions/safe-box.ts';
import { pictureGraph } from '../render/picture-graph.ts';
import { findAssets, previewSize } from '../render/render.ts';
import type { StageContext } from '../stage.ts';
import { scoreLook, type FrameLook } from './choose-frame.ts';
import { lookAtFrames, writeFrame } from './cover.ts';
import { frameMeans, likeness, pickApart, scoreFaces } from './judge-frames.ts';
import { keepFrames } from './keep-frames.ts';
import { readPpm, type RgbPicture } from './read-ppm.ts';
import { setCoverTitle, withoutTitles, type SetTitle } from './title-cover.ts';

/** Thumbnails to choose among: different pictures of a clip, with words that can be read, each with its reasons. */

/** How many pictures a second are looked at, and how many of the best are looked at for faces, for each candidate. */
const looksPerSecond = 2;
const facedPerCandidate = 4;
const fewestFaced = 8;

/** Pictures that are looked at for faces lie so far apart, in ms. */
const apartMs = 700;

/**
 * Where platforms lay the length of a video over its thumbnail, as shares of it: YouTube's badge is about 40×18 px of 360×202, 8 px from the
 * corner; a little more is kept free.
 */
const badge = { width: 0.22, height: 0.16 };

/** A thumbnail that was made. */
export type CoverCandidate = {
  /** Where it is in the clip, in ms of the timeline. */
  readonly atMs: number;
  /** 0 to 1. */
  readonly score: number;
  /** The words on it; none where none have room. */
  readonly words: string | undefined;
  /** What differs between candidates, for comparing them. */
  readonly factors: Readonly<Record<'picture' | 'words' | 'place', string>>;
  /** Why it, best first, in sentences. */
  readonly reasons: readonly string[];
};

/** What candidates are made as. */
export type CandidatesRequest = {
  readonly count: number;
  /** Texts that the words are taken of: candidates take turns with them. */
  readonly titles: readonly string[];
  /** Relative asset paths start here. */
  readonly baseFolder: string;
  /** Where the JPEG of a candidate goes: a temporary path. */
  readonly pathOf: (index: number) => string;
};

/**
 * Makes candidates for a clip's thumbnail: the sharpest, stillest, best exposed pictures of all of it, those with an expressive face that
 * looks at the viewer first, none like another. Words are set where they cover no face, and nothing but picture lies under the badge.
 * Fewer than asked for where the clip has not as many pictures that differ. @throws as `makeCover`
 */
export async function makeCandidates(
  timeline: Timeline,
  request: CandidatesRequest,
  context: StageContext,
): Promise<CoverCandidate[]> {
  const { count, titles, baseFolder, pathOf } = request;
  const { signal } = context;
  const pictures: Timeline = {
    ...timeline,
    captions: { style: 'none', cues: [] },
    tracks: timeline.tracks.filter(({ kind }) => kind === 'video'),
  };
  const { startFrame, endFrame } = contentRange(timeline);
  const plain = withoutTitles(pictures);
  const assets = await findAssets(plain, baseFolder, signal);
  const { looks, step } = await lookAtFrames(
    keepFrames(plain, startFrame, endFrame),
    assets,
    looksPerSecond,
    signal,
  );
  const { num, den } = timeline.frameRate;
  const seen = looks
    .map((look) => ({ look, frame: startFrame + Math.round((look.seconds * num) / den) }))
    // The second of each pair, which knows how much moves.
    .filter(({ frame }, index) => (frame - startFrame) % step === 1 || index === 0 || step === 1)
    .filter(({ frame }) => frame < endFrame)
    .toSorted((a, b) => scoreLook(b.look) - scoreLook(a.look));
  const best = pickApart(seen, Math.max(fewestFaced, facedPerCandidate * count), (a, b) => {
    return (Math.abs(a.frame - b.frame) * 1000 * den) / num >= apartMs;
  });
  const judged = await judge(plain, best, { baseFolder, assets }, context);
  const chosen = pickApart(judged, count, (a, b) => likeness(a.means, b.means) < alike);
  const made: CoverCandidate[] = [];
  for (const [index, picture] of chosen.entries()) {
    signal.throwIfAborted();
    const frame = keepFrames(pictures, picture.frame, picture.frame + 1);
    const which = titles.length === 0 ? 0 : index % titles.length;
    const title = titles[which];
    const set = title === undefined ? undefined : placeTitle(frame, title, picture.faces, baseFolder);
    await writeFrame(
      set?.title.timeline ?? withoutTitles(frame),
      assets,
      { path: pathOf(index), baseFolder },
      signal,
    );
    made.push({
      atMs: frameToMs(picture.frame, timeline.frameRate),
      score: Math.round(picture.score * 1000) / 1000,
      words: set?.title.text,
      factors: {
        picture: `${(frameToMs(picture.frame, timeline.frameRate) / 1000).toFixed(1)} s`,
        words: set === undefined ? 'none' : which === 0 ? 'title' : `line ${which}`,
        place: set?.place ?? 'none',
      },
      reasons: [...picture.reasons, ...describeTitle(set, title)],
    });
    context.report({ done: index + 1, total: chosen.length, unit: 'covers' });
  }
  return made;
}

/** Pictures whose means correlate more are the same to a viewer. */
const alike = 0.97;

type Seen = { readonly look: FrameLook; readonly frame: number };

type Judged = Seen & {
  readonly score: number;
  /** In px of the timeline's canvas. */
  readonly faces: readonly Box[];
  readonly means: Float32Array;
  readonly reasons: readonly string[];
};

/** Looks at each picture for faces. Best first. */
async function judge(
  timeline: Timeline,
  seen: readonly Seen[],
  { assets }: { readonly baseFolder: string; readonly assets: Parameters<typeof lookAtFrames>[1] },
  { signal, report }: StageContext,
): Promise<Judged[]> {
  const finder = startFaceFinder();
  try {
    const judged: Judged[] = [];
    for (const [index, one] of seen.entries()) {
      signal.throwIfAborted();
      const picture = await drawSmall(keepFrames(timeline, one.frame, one.frame + 1), assets, signal);
      const { faces } = await finder.look({ picture, near: [], find: 'thorough', describe: false });
      const scale = timeline.width / picture.width;
      const face = scoreFaces(faces, picture);
      const look = scoreLook(one.look);
      judged.push({
        ...one,
        score: 0.55 * look + 0.45 * face.score,
        faces: faces.map((each) => toBox(each, scale)),
        means: frameMeans(picture),
        reasons: [...face.reasons, ...describeLook(one.look)],
      });
      report({ done: index + 1, total: seen.length, unit: 'pictures' });
    }
    return judged.toSorted((a, b) => b.score - a.score);
  } finally {
    await finder.close();
  }
}

function toBox({ x, y, width, height }: SeenFace, scale: number): Box {
  return { left: x * scale, top: y * scale, right: (x + width) * scale, bottom: (y + height) * scale };
}

async function drawSmall(
  frame: Timeline,
  assets: Parameters<typeof lookAtFrames>[1],
  signal: AbortSignal,
): Promise<RgbPicture> {
  return withTemporaryFolder('cover', async (folder) => {
    const path = join(folder, 'frame.ppm');
    const picture = pictureGraph(frame, assets, { canvas: previewSize(frame), captionFile: undefined });
    await runRender(
      {
        inputs: picture.inputs,
        filters: [...picture.lines, '[picture]format=rgb24[small]'].join(';\n'),
        outputs: [
          {
            kind: 'file',
            path,
            format: 'image2pipe',
            formatOptions: {},
            streams: [{ kind: 'video', label: 'small', encoder: 'ppm', options: {} }],
          },
        ],
        durationSeconds: 0,
        files: [],
      },
      { signal },
    );
    return readPpm(await readFile(path));
  });
}

type Placed = {
  readonly title: SetTitle;
  readonly place: TitleAsset['place'];
  readonly coveredShare: number;
};

/** Sets words where they cover no face, as far as there is such a place, and never under the badge. */
function placeTitle(
  frame: Timeline,
  title: string,
  faces: readonly Box[],
  baseFolder: string,
): Placed | undefined {
  const corner: Box = {
    left: frame.width * (1 - badge.width),
    top: frame.height * (1 - badge.height),
    right: frame.width,
    bottom: frame.height,
  };
  const tried = (['bottom', 'top', 'middle'] as const).flatMap((place): Placed[] => {
    const set = setCoverTitle(frame, title, { baseFolder, place });
    if (set === undefined || sharedArea(set.box, corner) > 0) return [];
    const coveredShare = Math.max(
      0,
      ...faces.map(
        (face) => sharedArea(set.box, face) / ((face.right - face.left) * (face.bottom - face.top)),
      ),
    );
    return [{ title: set, place, coveredShare }];
  });
  const [best] = tried.toSorted((a, b) => a.coveredShare - b.coveredShare);
  // A face half of which is hidden is none.
  return best === undefined || best.coveredShare > 0.25 ? undefined : best;
}

function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}

function describeTitle(set: Placed | undefined, title: string | undefined): string[] {
  if (title === undefined) return [];
  if (set === undefined)
    return ['No words: wherever they stand they would cover a face or lie under the badge.'];
  const { text, capPx } = set.title;
  return [
    `“${text}” has capitals of ${Math.round(capPx)} px where it is 120 px wide, and stands clear of the length badge.`,
  ];
}

function describeLook({ blur, change, meanBrightness }: FrameLook): string[] {
  const sharp = Number.isFinite(blur) ? `Its edges are ${blur.toFixed(1)} px wide` : 'It has no edges';
  const still = Number.isFinite(change) && change < 2 ? 'nothing moves in it' : 'something moves in it';
  return [`${sharp}, ${still}, and its mean brightness is ${Math.round(meanBrightness)} of 255.`];
}
