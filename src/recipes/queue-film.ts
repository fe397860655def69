import { basename, dirname } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { assetIdOf } from '../domain/library.ts';
import { queueCollection, queueItemSchema, type QueueItem } from '../domain/queue.ts';
import type { Records } from '../ports/records.ts';
import type { MadeClip } from './events.ts';
import type { RenderPorts } from './render.ts';

/** A checked film that goes into the publish queue. */
export type FilmToQueue = {
  readonly clip: MadeClip;
  readonly batchId?: string | undefined;
  readonly variation?: QueueItem['variation'];
  /** Said of it in its history. */
  readonly note: string;
};

/**
 * Puts a film into the publish queue as a draft. One that is there already stays as it is, whatever became of it since: the same film is
 * never there twice. One that failed its check, or is a preview, is not put there. @throws input.not_checked. @returns the item, and whether it is new
 */
export async function queueFilm(
  records: Records,
  film: FilmToQueue,
  ports: Pick<RenderPorts, 'hashFile'>,
  options: { readonly signal: AbortSignal; readonly now: Date },
): Promise<{ readonly item: QueueItem; readonly isNew: boolean }> {
  const { clip, batchId, variation, note } = film;
  const { files, title } = clip;
  const { video } = files;
  if (clip.status !== 'made' || video === undefined || video.endsWith('.preview.mp4')) {
    throw new PatternPivotError('input.not_checked', `"${title}" has not passed its check.`, {
      hint: 'Make it again without --preview.',
      context: { name: clip.name },
    });
  }
  const contentHash = await ports.hashFile(video, { signal: options.signal, report: () => {} });
  const named = (path: string | undefined) => (path === undefined ? undefined : basename(path));
  const at = options.now.toISOString();
  const names = {
    film: basename(video),
    cover: named(files['cover']),
    captions: named(files['srt']),
    post: named(files['post']),
    timeline: named(files['timeline']),
  };
  const item = queueItemSchema.parse({
    version: 1,
    id: assetIdOf(contentHash),
    state: 'drafted',
    contentHash,
    folder: dirname(video),
    files: Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined)),
    title: title.slice(0, 500),
    addedAt: at,
    ...(variation === undefined ? {} : { variation }),
    ...(batchId === undefined ? {} : { batchId }),
    history: [{ at, to: 'drafted', by: 'program', note: note.slice(0, 1000) }],
  });
  try {
    await records.put(queueCollection, item.id, item, { ifVersion: 0 });
    return { item, isNew: true };
  } catch (error) {
    if (!(error instanceof PatternPivotError) || error.code !== 'conflict.record_changed') throw error;
    const stored = await records.get(queueCollection, item.id);
    const there = queueItemSchema.safeParse(stored?.value);
    return { item: there.success ? there.data : item, isNew: false };
  }
}
