import { createHash } from 'node:crypto';
import type { youtube_v3 } from '@googleapis/youtube';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';

/** What YouTube takes: https://developers.google.com/youtube/v3/docs/videos#properties and /videos/insert, /thumbnails/set, /captions/insert */
const limits = {
  titleChars: 100,
  descriptionBytes: 5000,
  tagsChars: 500,
  filmBytes: 256 * 1024 ** 3,
  coverBytes: 2 * 1024 ** 2,
  captionsBytes: 100 * 1024 ** 2,
} as const;

/** "People & Blogs", which YouTube gives to videos that name none. */
const defaultCategoryId = '22';

/** The parts of a video that are set. */
export const setParts = ['snippet', 'status'] as const;

/** The video as YouTube is to make it. Every setting that has a default of YouTube's own is said: privacy left out means public. */
export function toVideoResource(publication: Publication): youtube_v3.Schema$Video {
  const { title, description, tags, privacy, publishAt, isSynthetic, isMadeForKids, language, categoryId } =
    publication;
  return {
    snippet: {
      title,
      description,
      tags: [...tags],
      categoryId: categoryId ?? defaultCategoryId,
      ...(language === undefined ? {} : { defaultLanguage: language, defaultAudioLanguage: language }),
    },
    status: {
      // A moment of publishing works with private alone: https://developers.google.com/youtube/v3/docs/videos#status.publishAt
      privacyStatus: publishAt === undefined ? privacy : 'private',
      ...(publishAt === undefined ? {} : { publishAt: new Date(publishAt).toISOString() }),
      selfDeclaredMadeForKids: isMadeForKids,
      containsSyntheticMedia: isSynthetic,
    },
  };
}

/** Names what is asked for: the same for the same words and settings. */
export function keyOfMetadata(publication: Publication): string {
  return createHash('sha256')
    .update(JSON.stringify(toVideoResource(publication)))
    .digest('hex');
}

/** The file name that YouTube is told: its owner sees it there, and we know it again by it. */
export function markOf({ itemId }: Pick<Publication, 'itemId'>): string {
  return `pivot-${itemId.replaceAll(/[^\w-]/gu, '').slice(0, 64)}.mp4`;
}

/** What YouTube would refuse, found before anything is sent. @throws input.youtube_metadata */
export function assertPublishable(
  publication: Publication,
  sizes: { readonly cover?: number | undefined; readonly captions?: number | undefined },
): void {
  const { title, description, tags, film, publishAt, privacy } = publication;
  const chars = [...title].length;
  if (title.trim() === '') throw refused('The title is empty.', 'Give it one.');
  if (chars > limits.titleChars) {
    throw refused(`The title has ${chars} characters; YouTube takes ${limits.titleChars}.`, 'Shorten it.');
  }
  const bytes = Buffer.byteLength(description);
  if (bytes > limits.descriptionBytes) {
    throw refused(
      `The description has ${bytes} bytes; YouTube takes ${limits.descriptionBytes}.`,
      'Shorten it: letters outside of English count more than one.',
    );
  }
  if (/[<>]/u.test(title) || /[<>]/u.test(description)) {
    throw refused('YouTube takes no < or > in titles and descriptions.', 'Write it in other words.');
  }
  const tagChars = countTagChars(tags);
  if (tagChars > limits.tagsChars) {
    throw refused(`The tags have ${tagChars} characters; YouTube takes ${limits.tagsChars}.`, 'Use fewer.');
  }
  if (film.sizeBytes === 0) throw refused('The film is empty.', 'Make it again.');
  assertSize('film', film.sizeBytes, limits.filmBytes);
  assertSize('cover', sizes.cover, limits.coverBytes);
  assertSize('file of captions', sizes.captions, limits.captionsBytes);
  if (publishAt !== undefined) {
    if (Number.isNaN(Date.parse(publishAt))) throw refused(`${publishAt} is no moment.`, 'Plan it again.');
    if (privacy !== 'public') {
      throw refused(
        `YouTube makes what is planned public; it cannot become ${privacy}.`,
        'Leave out the moment, or make it public.',
      );
    }
  }
}

/** As YouTube counts them: commas between, and quotation marks around those with spaces. */
function countTagChars(tags: readonly string[]): number {
  const chars = tags.reduce((sum, tag) => sum + [...tag].length + (tag.includes(' ') ? 2 : 0), 0);
  return chars + Math.max(0, tags.length - 1);
}

function assertSize(what: string, bytes: number | undefined, mostBytes: number): void {
  if (bytes === undefined || bytes <= mostBytes) return;
  throw refused(`The ${what} has ${bytes} bytes; YouTube takes ${mostBytes}.`, 'Make it smaller.');
}

function refused(message: string, hint: string): PatternPivotError {
  return new PatternPivotError('input.youtube_metadata', message, { hint });
}
