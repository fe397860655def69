import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { mainVideo } from '../domain/media.ts';
import type { Timeline } from '../domain/timeline.ts';
import { makeCandidates, type CoverCandidate } from '../stages/cover/candidates.ts';
import { chooseFrameRate } from '../stages/plan/frame-rate.ts';
import { writeOtherTitle } from '../stages/vary/vary.ts';
import { runStep, type RecipeContext } from './events.ts';
import { formatDocument } from './finish-clip.ts';
import type { MakePorts } from './make-request.ts';
import { openOutputFolder } from './output-folder.ts';
import { openTimeline, placeFiles, type RenderPorts } from './render.ts';
import { readPost } from './read-post.ts';

/** What a user may ask of `cover`. */
export type CoverOptions = {
  readonly count: number;
  /** The words; those of the clip's post when left out, by turns with its strongest other line. */
  readonly title: string | undefined;
  readonly hasWords: boolean;
  /** Default: beside the clip. */
  readonly outFolder: string | undefined;
};

/** A candidate, and where its picture is. */
export type MadeCover = CoverCandidate & { readonly path: string };

/** How many candidates may be asked for. */
export const coverCounts = { min: 1, max: 12 } as const;

/**
 * Makes candidates for the thumbnail of a clip: of a timeline, of a film with its timeline beside it, or of any film. Pictures appear as
 * `<name>.cover-1.jpg` and so on, what they are in `<name>.covers.json`.
 * @throws input.count, input.no_video, and what reading and rendering throw
 */
export async function findCovers(
  clipPath: string,
  options: CoverOptions,
  ports: MakePorts & RenderPorts,
  context: RecipeContext,
): Promise<readonly MadeCover[]> {
  const { count } = options;
  if (count < coverCounts.min || count > coverCounts.max) {
    throw new PatternPivotError(
      'input.count',
      `${count} covers are asked for; ${coverCounts.min} to ${coverCounts.max} can be had.`,
      { hint: 'Ask for 3 or so (--count): platforms compare that many.', context: { count } },
    );
  }
  const path = resolve(clipPath);
  const stem = basename(path).replace(/(?:\.timeline\.json|\.preview\.mp4|\.[^.]+)$/iu, '');
  const timelinePath = /\.json$/iu.test(path) ? path : join(dirname(path), `${stem}.timeline.json`);
  const timeline = existsSync(timelinePath)
    ? placeFiles(await openTimeline(timelinePath, ports, context), dirname(timelinePath))
    : await filmTimeline(path, ports, context);
  const post = await readPost(join(dirname(path), `${stem}.post.json`), timeline);
  const own = options.title ?? post.title;
  const other = options.title === undefined ? writeOtherTitle(timeline, own) : undefined;
  const titles = options.hasWords ? [own, ...(other === undefined ? [] : [other])] : [];
  const folder = await openOutputFolder(resolve(options.outFolder ?? dirname(path)), 'make');
  try {
    const temporary = Array.from({ length: count }, () => folder.temporaryPath('.jpg'));
    const made = await runStep(
      context,
      'cover',
      (step) =>
        makeCandidates(
          timeline,
          { count, titles, baseFolder: folder.path, pathOf: (index) => temporary[index] ?? '' },
          step,
        ),
      { detail: (covers) => `${covers.length} candidate${covers.length === 1 ? '' : 's'}` },
    );
    if (made.length < count) {
      const text = `Only ${made.length} of its pictures differ enough; ${count} were asked for.`;
      context.emit({ event: 'note', text });
    }
    const covers: MadeCover[] = [];
    for (const [index, candidate] of made.entries()) {
      const placed = await folder.place(`${stem}.cover-${index + 1}.jpg`, temporary[index] ?? '');
      covers.push({ ...candidate, path: join(folder.path, placed.name) });
    }
    const document = {
      version: 1,
      clip: stem,
      covers: covers.map((cover) => Object.assign({}, cover, { path: basename(cover.path) })),
    };
    await folder.placeText(`${stem}.covers.json`, formatDocument(document));
    return covers;
  } finally {
    await folder.close();
  }
}

/** Any film as a timeline that shows all of it. @throws input.no_video, and what opening a source throws */
async function filmTimeline(path: string, ports: MakePorts, context: RecipeContext): Promise<Timeline> {
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
  const video = mainVideo(source.info);
  if (video === undefined) {
    throw new PatternPivotError('input.no_video', `There are no pictures in ${path}`, {
      hint: 'Name a film, or the .timeline.json of a clip.',
      context: { path },
    });
  }
  const frameRate = chooseFrameRate(video);
  const even = (value: number) => Math.max(16, 2 * Math.floor(value / 2));
  const { durationMs } = source.info;
  const durationFrames = Math.max(1, Math.floor((durationMs * frameRate.num) / (1000 * frameRate.den)));
  const clip = {
    id: 'film-1',
    assetId: 'film',
    startFrame: 0,
    durationFrames,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects: [],
  };
  return {
    version: 1,
    name: basename(path, extname(path)),
    frameRate,
    width: even(video.displayWidth),
    height: even(video.displayHeight),
    durationFrames,
    loudness: { integratedLufs: -14, truePeakDbtp: -1 },
    assets: [
      {
        id: 'film',
        kind: 'file',
        path: source.path,
        contentHash: source.contentHash,
        durationMs,
        hasVideo: true,
        hasAudio: false,
      },
    ],
    tracks: [{ id: 'picture', kind: 'video', clips: [clip] }],
    transitions: [],
    captions: { style: 'none', cues: [] },
    metadata: {},
  };
}
