import { join } from 'node:path';
import { copyFile, mkdir } from 'node:fs/promises';
import type { Batch } from '../../domain/batch.ts';
import { batchSizes } from '../../domain/batch.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { LibraryAsset } from '../../domain/library.ts';
import type { Post } from '../../domain/post.ts';
import type { QueueItem } from '../../domain/queue.ts';
import type { Music } from '../../ports/music.ts';
import { openPicture } from '../../stages/tracks/open-picture.ts';
import { takeFrames } from '../../stages/screenshot/take-frames.ts';
import { assertWritable } from '../disk-room.ts';
import { runStep, type MadeClip, type RecipeContext } from '../events.ts';
import { formatDocument } from '../finish-clip.ts';
import type { Library } from '../library/library.ts';
import type { LocatePorts } from '../library/locate.ts';
import { openOutputFolder, type OutputFolder } from '../output-folder.ts';
import { clipNameFor } from '../output-names.ts';
import { queueFilm } from '../queue-film.ts';
import { finishClaim, releaseClaim } from './claim-set.ts';
import { filmLengths, filmTrack, placeSound, type TrackFilmPorts, type TrackLook } from './combine.ts';
import {
  hasPicture,
  listenToSources,
  openSources,
  UnusableSources,
  type HeardSource,
} from './listen-to-sources.ts';
import { makeTrack, type MadeTrack, type TrackWish } from './make-track.ts';
import { pickSet, type PickedSet, type PickPorts, type PickRequest } from './pick-set.ts';

/** What a user may ask of `batch`. */
export type BatchRequest = PickRequest &
  TrackWish & {
    readonly look: TrackLook;
    readonly outFolder: string;
    readonly title: string | undefined;
    /** Whether the sources' sound stays in the folder as WAV. */
    readonly keepsSound: boolean;
  };

/** What making a batch needs from the world. */
export type BatchPorts = TrackFilmPorts & LocatePorts & PickPorts & { openMusic(): Promise<Music> };

/** What became of a batch. `queueItem` is left out for a preview, and for a film that failed its check: then the set is free again. */
export type BatchResult = {
  readonly batch: Batch;
  readonly folder: string;
  readonly track: Omit<MadeTrack, 'path' | 'recipe'>;
  readonly sources: readonly Pick<LibraryAsset, 'id' | 'title'>[];
  readonly clip: MadeClip;
  readonly queueItem: QueueItem | undefined;
};

/**
 * Picks recordings that were never used together, makes one new track of them, a film of the track, checks it, and puts it into the publish
 * queue. The set counts as used once all is done; when anything goes wrong before, it is free again.
 * @throws input.batch_size, input.film_length, and what picking, the music port and rendering throw
 */
export async function makeTrackBatch(
  library: Library,
  request: BatchRequest,
  ports: BatchPorts,
  context: RecipeContext,
): Promise<BatchResult> {
  assertRequest(request);
  await assertWritable(request.outFolder);
  // Before minutes go into a track that could not be shown.
  const quiet = { signal: context.signal, report: () => {} };
  await openPicture(request.look.picturePath, ports, quiet);
  const { picked, opened } = await pickUsable(library, request, ports, context);
  try {
    return await makeOf(library, picked, opened, request, ports, context);
  } catch (error) {
    await releaseClaim(library.records, picked.claim);
    throw error;
  }
}

function assertRequest({ size, lengthMs }: BatchRequest): void {
  if (size < batchSizes.min || size > batchSizes.max) {
    throw new PatternPivotError(
      'input.batch_size',
      `A batch has ${batchSizes.min} to ${batchSizes.max} recordings.`,
      { hint: 'Say how many: --size 3', context: { size } },
    );
  }
  if (lengthMs < filmLengths.minMs || lengthMs > filmLengths.maxMs) {
    throw new PatternPivotError('input.film_length', 'A track plays 1 s to 10 minutes.', {
      hint: 'Say how long: --length 45',
      context: { lengthMs },
    });
  }
}

type Usable = {
  readonly picked: PickedSet;
  readonly opened: Awaited<ReturnType<typeof openSources>>;
};

/** Picks until a set can be used: media that are gone, and those without sound, are left out with a note. */
async function pickUsable(
  library: Library,
  request: BatchRequest,
  ports: BatchPorts,
  context: RecipeContext,
): Promise<Usable> {
  let leftOut: ReadonlySet<string> = new Set();
  for (;;) {
    const picked = await pickSet(library, { ...request, leftOut }, ports, context);
    try {
      return { picked, opened: await openSources(library, picked.assets, ports, context) };
    } catch (error) {
      await releaseClaim(library.records, picked.claim);
      if (!(error instanceof UnusableSources)) throw error;
      context.emit({ event: 'note', text: `Left out: ${error.message}` });
      leftOut = new Set([...leftOut, ...error.ids]);
    }
  }
}

async function makeOf(
  library: Library,
  picked: PickedSet,
  opened: Usable['opened'],
  request: BatchRequest,
  ports: BatchPorts,
  context: RecipeContext,
): Promise<BatchResult> {
  const { batch } = picked.claim;
  const name = `batch-${batch.id}`;
  const folder = await openOutputFolder(join(request.outFolder, name), 'make');
  try {
    const heard = await listenToSources(opened, folder, context);
    const made = await makeTrack(heard, request, { ...ports, library }, folder, context);
    const { path, recipe, ...track } = made;
    const title = request.title ?? track.title;
    const { lengthMs: durationMs } = request;
    const sound = await placeSound(
      path,
      { durationMs, provenance: track.provenance },
      folder,
      ports,
      context,
    );
    await folder.placeText(`${name}.batch.json`, formatDocument(describeBatch(batch, heard, track, recipe)));
    if (request.keepsSound) await keepSounds(heard, folder);
    const clip = await filmTrack(
      {
        sound,
        name,
        title,
        post: describePost(title, batch, heard, durationMs),
        metadata: { toolVersion: ports.toolVersion, batch: { id: batch.id, assetIds: batch.assetIds } },
      },
      { ...request.look, picturePath: await choosePicture(heard, picked, request.look, folder, context) },
      folder,
      ports,
      context,
    );
    context.emit({ event: 'clip', clip });
    const sources = heard.map(({ asset }) => ({ id: asset.id, title: asset.title }));
    const result = { batch, folder: folder.path, track, sources, clip, queueItem: undefined };
    if (clip.status !== 'made' || request.look.isPreview) {
      await releaseClaim(library.records, picked.claim);
      return result;
    }
    const now = new Date();
    const note = `Made of a batch of ${heard.length} recordings by ${request.way}.`;
    const { signal } = context;
    const { item } = await queueFilm(library.records, { clip, batchId: batch.id, note }, ports, {
      signal,
      now,
    });
    const finished = await finishClaim(library.records, picked.claim, {
      way: request.way,
      queueItemId: item.id,
      now,
    });
    return { ...result, batch: finished, queueItem: item };
  } finally {
    await folder.close();
  }
}

/**
 * What the user named; else a frame of the first recording with a picture that is their own; else nothing. What is somebody else's is
 * neither heard nor seen.
 */
async function choosePicture(
  heard: readonly HeardSource[],
  { ownIds }: PickedSet,
  { picturePath }: TrackLook,
  folder: OutputFolder,
  context: RecipeContext,
): Promise<string | undefined> {
  if (picturePath !== undefined) return picturePath;
  const seen = heard.find(({ asset, source }) => ownIds.has(asset.id) && hasPicture(source));
  if (seen === undefined) return undefined;
  const { source, measures } = seen;
  const liveliest = measures.energy.indexOf(Math.max(...measures.energy));
  const atMs = Math.min(source.info.durationMs - 100, Math.max(0, liveliest) * 1000 + 500);
  let path: string | undefined;
  await runStep(context, 'shoot', (step) =>
    takeFrames(
      source.path,
      { format: 'jpeg', atMs: [Math.max(0, atMs)] },
      async (temporaryPath) => {
        const own = folder.temporaryPath('.jpg');
        await withFileErrors(own, () => copyFile(temporaryPath, own));
        path = join(folder.path, (await folder.place('picture.jpg', own)).name);
      },
      step,
    ),
  );
  return path;
}

/** Under the recordings' titles, numbered in the batch's order. */
async function keepSounds(heard: readonly HeardSource[], folder: OutputFolder): Promise<void> {
  const sounds = join(folder.path, 'sounds');
  await withFileErrors(sounds, () => mkdir(sounds, { recursive: true }));
  for (const [index, { asset, wavPath }] of heard.entries())
    await folder.place(join('sounds', `${clipNameFor(index + 1, asset.title)}.wav`), wavPath);
}

function describeBatch(
  batch: Batch,
  heard: readonly HeardSource[],
  track: Omit<MadeTrack, 'path' | 'recipe'>,
  recipe: MadeTrack['recipe'],
): unknown {
  const { claim: _, ...about } = batch;
  return {
    version: 1,
    batch: about,
    sources: heard.map(({ asset, source, measures }) => {
      const { tempoBpm, tempoConfidence, key, keyConfidence } = measures;
      const { id, title } = asset;
      const measured = { tempoBpm, tempoConfidence, key, keyConfidence };
      return { id, title, contentHash: source.contentHash, measured };
    }),
    track,
    ...recipe,
  };
}

function describePost(
  title: string,
  { why, strategy }: Batch,
  heard: readonly HeardSource[],
  durationMs: number,
): Post {
  const [first] = heard;
  return {
    version: 1,
    title: title.slice(0, 100),
    description: title,
    tags: ['music'],
    source: {
      name: first!.asset.title,
      contentHash: first!.source.contentHash,
      range: { startMs: 0, endMs: Math.min(durationMs, first!.source.info.durationMs) },
      before: '',
      words: '',
      after: '',
    },
    score: 0,
    why,
    reasons: [],
    chosenBy: strategy,
  };
}
