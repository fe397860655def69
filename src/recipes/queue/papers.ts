import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { postSchema, type Post } from '../../domain/post.ts';
import type { QueueItem } from '../../domain/queue.ts';
import type { Timeline } from '../../domain/timeline.ts';
import type { Publication } from '../../ports/publisher.ts';
import type { StageContext } from '../../stages/stage.ts';
import { titleOfFile } from '../library/describe-source.ts';
import { readTextFile } from '../read-text.ts';
import { placeFiles, readTimeline } from '../render.ts';

/** The papers of a film: its words, where it comes from, and whether they are still those that the gate saw. */

/** A post is some kilobytes; larger ones are not ours. */
const maxPostBytes = 4_000_000;

type Filed = Pick<QueueItem, 'folder' | 'files'>;

/** What lies beside a film. */
export type Papers = { readonly post: Post | undefined; readonly timeline: Timeline | undefined };

/** Hashes a file; one that did not change is not read again. */
export type HashFile = (path: string, context: StageContext) => Promise<string>;

/** Reads a film's post and timeline, where it has them. @throws input.post_invalid, input.timeline_invalid, not_found.file */
export async function readPapers(film: Filed): Promise<Papers> {
  const timelinePath = pathOf(film, 'timeline');
  return {
    post: await readPost(film),
    timeline:
      timelinePath === undefined ? undefined : placeFiles(await readTimeline(timelinePath), film.folder),
  };
}

/** The hash of everything that is published with a film: when it is another, the gate looks again. */
export async function hashPapers(film: Filed, hashFile: HashFile, context: StageContext): Promise<string> {
  const hash = createHash('sha256');
  for (const kind of ['post', 'timeline', 'cover', 'captions'] as const) {
    const path = pathOf(film, kind);
    hash.update(`${kind} ${path === undefined ? '-' : await hashFile(path, context)}\n`);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** What a film is called: as its post says, else as it was called before, else as its file. */
export function titleOf(
  { post }: Pick<Papers, 'post'>,
  film: Filed,
  before?: { readonly title: string },
): string {
  return post?.title ?? before?.title ?? titleOfFile(film.files.film);
}

/** Whether something in a film is made up and could be taken for real: platforms want that marked. Its post and its timeline may say so. */
export function isSynthetic({ post, timeline }: Papers): boolean {
  const isMadeUp = (timeline?.assets ?? []).some(
    (asset) =>
      (asset.kind === 'file' || asset.kind === 'image') &&
      asset.provenance?.isSynthetic === true &&
      asset.provenance.isRealistic,
  );
  return isMadeUp || post?.containsSyntheticMedia === true;
}

/** An item as its publisher gets it. `nowMs` decides whether it is to wait there until its moment. @throws input.post_invalid, conflict.queue_state */
export async function toPublication(item: QueueItem, nowMs: number): Promise<Publication> {
  const { settings, sizeBytes, plan } = item;
  if (settings === undefined || sizeBytes === undefined) {
    throw new PatternPivotError('conflict.queue_state', `"${item.title}" has not passed the gate.`, {
      hint: `pivot queue add ${item.id}`,
    });
  }
  const post = await readPost(item);
  const coverPath = pathOf(item, 'cover');
  const captionsPath = pathOf(item, 'captions');
  const { privacy, isMadeForKids, playlistIds, language, categoryId, isShort } = settings;
  // Targets that wait by themselves need some time to take the film in; what is private or unlisted is so from the moment that it is there.
  const mayWait = privacy === 'public' && plan !== undefined && Date.parse(plan.at) - nowMs > leastWaitMs;
  return {
    itemId: item.id,
    film: { path: join(item.folder, item.files.film), contentHash: item.contentHash, sizeBytes },
    title: post?.title ?? item.title,
    description: post?.description ?? '',
    tags: post?.tags ?? [],
    privacy,
    ...(mayWait ? { publishAt: plan.at } : {}),
    isSynthetic: settings.isSynthetic,
    isMadeForKids,
    ...(isShort === undefined ? {} : { isShort }),
    ...(language === undefined ? {} : { language }),
    ...(categoryId === undefined ? {} : { categoryId }),
    playlistIds,
    ...(coverPath === undefined ? {} : { coverPath }),
    ...(captionsPath === undefined ? {} : { captionsPath }),
  };
}

/** A moment that is nearer is now, in ms. */
const leastWaitMs = 5 * 60_000;

/** Where one of an item's files lies; undefined where it has none. */
export function pathOf({ folder, files }: Filed, kind: keyof QueueItem['files']): string | undefined {
  const name = files[kind];
  return name === undefined ? undefined : join(folder, name);
}

async function readPost(film: Filed): Promise<Post | undefined> {
  const path = pathOf(film, 'post');
  if (path === undefined) return undefined;
  const text = await readTextFile(path, { maxBytes: maxPostBytes });
  const parsed = postSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new PatternPivotError('input.post_invalid', `${path} is no post: ${where}${issue?.message ?? ''}`, {
    hint: 'Mend it, or move it away: then the film is called as its file.',
    context: { path },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
