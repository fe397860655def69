import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { platformRules } from '../../domain/platforms.ts';
import { hashFile } from '../../media/hash-file.ts';
import type { Publication, Published, Publisher } from '../../ports/publisher.ts';
import type { Records } from '../../ports/records.ts';
import { usualTimeouts, type InstagramCaller, type InstagramTimeouts } from './instagram-call.ts';
import { captionOf, isSameText, readMedia, type Media } from './instagram-container.ts';
import { holdReel, readReel, type Reel } from './instagram-record.ts';
import { filmChanged } from './instagram-send.ts';
import { bringReel } from './instagram-steps.ts';

/** With what reels are published on Instagram. */
export type InstagramPublisherOptions = {
  /** The id of a professional account. */
  readonly accountId: string;
  /** The owner's, which is secret. */
  readonly token: string;
  readonly records: Pick<Records, 'get' | 'put'>;
  /** `https://graph.facebook.com` and `https://rupload.facebook.com`, or what stands in their places. */
  readonly apiUrl: string;
  readonly uploadUrl: string;
  /** Of the Graph API: `v25.0`. */
  readonly version: string;
  /** Whether reels also stand in the feed. */
  readonly isShownInFeed: boolean;
  readonly timeouts?: InstagramTimeouts;
  /** Waits so many ms. Default: the clock. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Ms since 1970. Default: the clock. */
  readonly now?: () => number;
};

/**
 * Publishes reels on Instagram, each film once. The film goes into a container that nobody sees; what was begun is written down before, and
 * whether a container was published Instagram says itself, so after a break it is asked before anything is asked for again.
 */
export function createInstagramPublisher(options: InstagramPublisherOptions): Publisher {
  const { accountId, token, records, apiUrl, version } = options;
  const {
    now = Date.now,
    timeouts = usualTimeouts,
    sleep = (ms, signal) => wait(ms, undefined, { signal }),
  } = options;
  return {
    target: 'instagram',
    async preview(publication) {
      await assertReady(publication);
      return describe(publication, options);
    },
    async publish(publication, { signal, report }) {
      const place = { records, itemId: publication.itemId, now };
      const before = await readReel(place);
      if (before !== undefined) assertSame(before, publication, accountId);
      if (before?.published !== undefined) return toPublished(before.published);
      // Once it may be out, the film need not be here any more.
      if (before?.container?.isSent !== true && before?.mediaId === undefined) {
        await assertReady(publication);
        report({ share: 0, what: 'reading the film' });
        const { path, contentHash } = publication.film;
        if ((await hashFile(path, { signal })) !== contentHash) throw filmChanged(path);
      }
      const { contentHash, sizeBytes } = publication.film;
      const held = await holdReel(place, { accountId, contentHash, sizeBytes });
      try {
        assertSame(held.value, publication, accountId);
        if (held.value.published !== undefined) return toPublished(held.value.published);
        const caller: InstagramCaller = { apiUrl, version, token, signal, timeouts, sleep, now };
        const tellDone = (share: number, what: string) => report({ share, what });
        const mediaId =
          held.value.mediaId ??
          (await bringReel({ ...options, caller, held, now, sleep }, publication, tellDone));
        const media = mediaId === '' ? undefined : await readMedia(caller, mediaId);
        const id = mediaId === '' ? (held.value.container?.id ?? publication.itemId) : mediaId;
        const published = tell(publication, id, media, now());
        await held.mark({ published });
        tellDone(1, 'published');
        return toPublished(published);
      } finally {
        await held.release();
      }
    },
  };
}

/** @throws input.instagram_metadata, input.film_changed, not_found.file */
async function assertReady({ film, privacy, publishAt }: Publication): Promise<void> {
  const refuse = (message: string, hint: string) => {
    throw new PatternPivotError('input.instagram_metadata', message, { hint });
  };
  if (privacy !== 'public')
    refuse(`Instagram has no ${privacy} reels.`, 'Publish it as public, or elsewhere: --privacy public');
  const { most = Number.POSITIVE_INFINITY } = platformRules.reels.sizeBytes;
  if (film.sizeBytes > most)
    refuse(`The film has more than the ${most / 1e6} MB that Instagram takes.`, 'Render it smaller.');
  // The queue gives such a moment only to what is looked at before its time.
  if (publishAt !== undefined && Number.isNaN(Date.parse(publishAt)))
    refuse('That is no moment.', 'Give it as 2026-12-01T18:00:00Z.');
  const { size } = await withFileErrors(film.path, () => stat(film.path));
  if (size !== film.sizeBytes) throw filmChanged(film.path);
}

function assertSame({ accountId, contentHash }: Reel, { film }: Publication, ownId: string): void {
  if (contentHash !== film.contentHash) throw filmChanged(film.path);
  if (accountId === ownId) return;
  throw new PatternPivotError('conflict.other_account', `This was begun on another account: ${accountId}.`, {
    hint: `Go on there: set publish.instagram.account to ${accountId}.`,
    context: { accountId },
  });
}

function describe(
  publication: Publication,
  { accountId, isShownInFeed }: InstagramPublisherOptions,
): string[] {
  const { film, publishAt, isSynthetic, isMadeForKids, coverPath, captionsPath } = publication;
  const left = [
    ...(coverPath === undefined ? [] : ['its cover']),
    ...(captionsPath === undefined ? [] : ['its captions file']),
    ...(isMadeForKids ? ['"made for kids"'] : []),
  ];
  return [
    `Publish ${basename(film.path)} (${(film.sizeBytes / 1e6).toFixed(1)} MB) as a reel of the account ${accountId}.`,
    `Caption: ${captionOf(publication).split('\n')[0] ?? ''}`,
    `It will be public${publishAt === undefined ? '' : `, at ${publishAt} where a worker runs then`}, ${isSynthetic ? 'with' : 'without'} the AI label, ${isShownInFeed ? 'also in the feed' : 'among the reels only'}.`,
    ...(left.length === 0 ? [] : [`Instagram takes no such thing by this way: ${left.join(', ')}.`]),
    'It is one of the posts that Instagram lets the account publish in 24 hours.',
  ];
}

/** As the port has it: without an address where there is none. */
function toPublished({ url, ...rest }: NonNullable<Reel['published']>): Published {
  return url === undefined ? rest : { ...rest, url };
}

/** What came out, beside what was asked. */
function tell(
  publication: Publication,
  id: string,
  media: Media | undefined,
  nowMs: number,
): NonNullable<Reel['published']> {
  const differences: { what: string; asked: string; got: string }[] = [];
  const compare = (what: string, asked: string, got: string | undefined) => {
    if (got !== undefined && asked !== got) differences.push({ what, asked, got });
  };
  const asked = captionOf(publication);
  if (media !== undefined && !isSameText(media.caption, asked))
    differences.push({ what: 'caption', asked: asked.slice(0, 200), got: media.caption.slice(0, 200) });
  const toMark = (isSet: boolean) => (isSet ? 'yes' : 'no');
  if (media?.isMarkedSynthetic !== undefined)
    compare('AI label', toMark(publication.isSynthetic), toMark(media.isMarkedSynthetic));
  compare('kind', 'REELS', media?.kind);
  if (publication.coverPath !== undefined)
    compare('cover', basename(publication.coverPath), 'the first picture of the film');
  return {
    target: 'instagram',
    id,
    ...(media?.url === undefined ? {} : { url: media.url }),
    at: new Date(nowMs).toISOString(),
    found: {
      ...(media?.kind === undefined ? {} : { kind: media.kind }),
      ...(media?.isMarkedSynthetic === undefined ? {} : { synthetic: toMark(media.isMarkedSynthetic) }),
      ...(media === undefined ? { post: 'out; Instagram does not say where' } : {}),
    },
    differences,
  };
}
