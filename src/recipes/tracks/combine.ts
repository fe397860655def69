import { basename, join, relative } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { mainAudio } from '../../domain/media.ts';
import type { Post } from '../../domain/post.ts';
import type { Provenance } from '../../domain/provenance.ts';
import type { Source } from '../../domain/source.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { fitSound } from '../../stages/tracks/fit-sound.ts';
import { openPicture } from '../../stages/tracks/open-picture.ts';
import { layOutTrack, type TrackDrawing } from '../../stages/tracks/lay-out-track.ts';
import { runStep, type MadeClip, type RecipeContext } from '../events.ts';
import { finishClip } from '../finish-clip.ts';
import type { MakePorts } from '../make-request.ts';
import { openOutputFolder, type OutputFolder } from '../output-folder.ts';
import { folderNameFor } from '../output-names.ts';
import type { RenderPorts } from '../render.ts';

/** How a film of a track looks. */
export type TrackLook = {
  /** A PNG or JPEG picture, or a film; a plain backdrop when left out. */
  readonly picturePath: string | undefined;
  readonly drawing: TrackDrawing;
  readonly width: number;
  readonly height: number;
  /** Of the drawing. */
  readonly color: string;
  readonly isPreview: boolean;
  /** Whether the cover carries the title. */
  readonly hasCoverTitle: boolean;
};

/** A finished sound and what is said of the film of it. */
export type TrackFilm = {
  /** Relative to the folder where the sound lies in it. */
  readonly sound: {
    readonly path: string;
    readonly contentHash: string;
    readonly durationMs: number;
    readonly provenance?: Provenance;
  };
  /** Names the files. */
  readonly name: string;
  readonly title: string;
  readonly post: Post;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** What making a film of a track needs from the world. */
export type TrackFilmPorts = MakePorts & Pick<RenderPorts, 'hashFile'>;

/** What a user may ask of `combine`. */
export type CombineRequest = TrackLook & {
  readonly audioPath: string;
  /** Default: as long as the sound. */
  readonly lengthMs: number | undefined;
  readonly title: string | undefined;
  readonly outFolder: string;
};

/** The shortest and the longest film, in ms. */
export const filmLengths = { minMs: 1000, maxMs: 600_000 } as const;

/**
 * Makes a film of a sound: with a picture that is zoomed into, a film that is trimmed or looped, or a backdrop, and the sound drawn over it. With
 * another length than its own the sound is looped, its end fading into its beginning, or cut off with a fade.
 * @throws input.no_audio, input.film_length, what opening the picture throws, and what rendering throws
 */
export async function combine(
  request: CombineRequest,
  ports: TrackFilmPorts,
  context: RecipeContext,
): Promise<MadeClip> {
  const source = await runStep(context, 'read', (step) => ports.openSource(request.audioPath, step));
  const streamIndex = assertSound(source);
  const wantedMs = request.lengthMs ?? source.info.durationMs;
  assertLength(wantedMs, request.lengthMs !== undefined);
  const stem = folderNameFor(source.path);
  const folder = await openOutputFolder(join(request.outFolder, stem), 'make');
  try {
    const sound =
      wantedMs === source.info.durationMs && streamIndex === 0
        ? { path: source.path, contentHash: source.contentHash, durationMs: wantedMs }
        : await fitToLength({ source, streamIndex, wantedMs }, folder, ports, context);
    const title = (request.title ?? source.info.tags['title'] ?? stem).slice(0, 100);
    const made = { audio: basename(source.path), drawing: request.drawing };
    return await filmTrack(
      {
        sound,
        name: stem,
        title,
        post: describe(title, source, wantedMs),
        metadata: { toolVersion: ports.toolVersion, combined: made },
      },
      request,
      folder,
      ports,
      context,
    );
  } finally {
    await folder.close();
  }
}

/** Renders a film of a finished sound into a folder, checks it, and puts its papers beside it. */
export async function filmTrack(
  film: TrackFilm,
  look: TrackLook,
  folder: OutputFolder,
  ports: TrackFilmPorts,
  context: RecipeContext,
): Promise<MadeClip> {
  const timeline = await runStep(context, 'plan', async (step): Promise<Timeline> => {
    const { picture, rate } = await openPicture(look.picturePath, ports, step);
    const { width, height } = look;
    return layOutTrack({
      name: film.title,
      sound: film.sound,
      picture,
      drawing: look.drawing,
      canvas: { width, height },
      rate,
      color: look.color,
      metadata: film.metadata,
    });
  });
  const { clip } = await finishClip({ name: film.name, timeline }, film.post, folder, look, ports, context);
  return clip;
}

/** The stream that is heard. @throws input.no_audio */
function assertSound({ path, info }: Source): number {
  const audio = mainAudio(info);
  if (audio !== undefined && info.durationMs > 0) return audio.index;
  throw new PatternPivotError('input.no_audio', `There is no sound in ${path}.`, {
    hint: 'Name a file with sound: pivot combine track.wav --with picture.jpg',
    context: { path },
  });
}

function assertLength(ms: number, isAsked: boolean): void {
  if (ms >= filmLengths.minMs && ms <= filmLengths.maxMs) return;
  const range = `${filmLengths.minMs / 1000} s to ${filmLengths.maxMs / 60_000} minutes`;
  throw new PatternPivotError(
    'input.film_length',
    isAsked ? `A film plays ${range}.` : `The sound plays ${(ms / 1000).toFixed(1)} s, and a film ${range}.`,
    { hint: 'Say how long it should be: --length 45', context: { ms } },
  );
}

/** Brings a sound to a length, into the folder's `media`, under the hash of what came out. */
async function fitToLength(
  { source, streamIndex, wantedMs }: { source: Source; streamIndex: number; wantedMs: number },
  folder: OutputFolder,
  ports: Pick<RenderPorts, 'hashFile'>,
  context: RecipeContext,
): Promise<TrackFilm['sound']> {
  const temporary = folder.temporaryPath('.wav');
  const { durationMs } = source.info;
  await runStep(context, 'mix', async ({ signal, report }) => {
    const total = wantedMs / 1000;
    await fitSound(
      { path: source.path, streamIndex, durationMs, wantedMs, to: temporary },
      { signal, onProgress: (done) => report({ done, total, unit: 's' }) },
    );
  });
  return placeSound(temporary, { durationMs: wantedMs }, folder, ports, context);
}

/** Puts a finished sound into a folder's `media`, named by its content. */
export async function placeSound(
  temporary: string,
  about: Pick<TrackFilm['sound'], 'durationMs' | 'provenance'>,
  folder: OutputFolder,
  ports: Pick<RenderPorts, 'hashFile'>,
  { signal }: Pick<RecipeContext, 'signal'>,
): Promise<TrackFilm['sound']> {
  const contentHash = await ports.hashFile(temporary, { signal, report: () => {} });
  const media = join(folder.path, 'media');
  await withFileErrors(media, () => mkdir(media, { recursive: true }));
  const name = join('media', `${contentHash.slice('sha256:'.length, 'sha256:'.length + 16)}.wav`);
  const placed = await folder.place(name, temporary);
  return { path: relative(folder.path, join(folder.path, placed.name)), contentHash, ...about };
}

function describe(title: string, source: Source, durationMs: number): Post {
  return {
    version: 1,
    title,
    description: title,
    tags: [],
    source: {
      name: basename(source.path),
      contentHash: source.contentHash,
      range: { startMs: 0, endMs: Math.min(durationMs, source.info.durationMs) },
      before: '',
      words: '',
      after: '',
    },
    score: 0,
    why: 'You named it.',
    reasons: [],
    chosenBy: 'you',
  };
}
