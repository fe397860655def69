import { mkdir } from 'node:fs/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { FetchedVideo, MediaFetcher } from '../../ports/media-fetcher.ts';
import { assertWritable } from '../disk-room.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { Library } from '../library/library.ts';
import { listKnownVideos, type KnownVideo } from './originals-videos.ts';

/** What a user must know before anything is fetched. */
export const termsNotice =
  "YouTube's terms let nobody download videos but by its own ways, and a Google API project may be closed over it. Your originals, YouTube Studio and Takeout are the safe ways to your own videos.";

/**
 * Fetches videos of the user's own with the user's own program, one after the other. Own are those that were synced with the authorisation of
 * their channel's owner. @throws input.video_not_own, and what fetching throws
 */
export async function fetchOwnVideos(
  library: Pick<Library, 'records'>,
  videoIds: readonly string[],
  folder: string,
  fetcher: MediaFetcher,
  context: RecipeContext,
): Promise<FetchedVideo[]> {
  const known = new Map(
    (await listKnownVideos(library.records, [], context.signal)).map((video) => [video.id, video]),
  );
  for (const id of videoIds) assertOwn(id, known.get(id));
  await assertWritable(folder);
  await withFileErrors(folder, () => mkdir(folder, { recursive: true }));
  const fetched: FetchedVideo[] = [];
  for (const [index, id] of videoIds.entries()) {
    context.emit({ event: 'source', path: id, index, count: videoIds.length });
    const video = await runStep(context, 'fetch', ({ signal, report }) =>
      fetcher.fetch(id, folder, { signal, onBytes: (done, total) => report({ done, total, unit: 'bytes' }) }),
    );
    fetched.push(video);
  }
  return fetched;
}

function assertOwn(id: string, video: KnownVideo | undefined): void {
  if (video?.isOwn === true) return;
  const what = video === undefined ? 'is not known here' : 'was not synced as yours';
  throw new PatternPivotError(
    'input.video_not_own',
    `The video ${id.slice(0, 100)} ${what}, and only your own are fetched.`,
    {
      hint: 'Sign in with pivot auth login and run pivot sync for your channel. That shows that it is yours.',
      context: { videoId: id },
    },
  );
}
