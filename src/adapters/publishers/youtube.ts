import { createHash, randomUUID } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { youtube, type youtube_v3 } from '@googleapis/youtube';
import type { OAuth2Client } from 'google-auth-library';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Publication, Publisher } from '../../ports/publisher.ts';
import type { Records } from '../../ports/records.ts';
import { tell, waitMs, type Caller } from '../platform/youtube/call.ts';
import { findOnChannel, type Search } from './youtube-channel.ts';
import { assertPublishable, keyOfMetadata, markOf, toVideoResource } from './youtube-metadata.ts';
import { holdUpload, readUpload, type HeldUpload, type Upload } from './youtube-record.ts';
import type { UploadSecrets } from './youtube-secrets.ts';
import { longestWaitMs, sendFilm } from './youtube-send.ts';
import { startSession } from './youtube-session.ts';
import { completeVideo, listSteps, stepUnits } from './youtube-steps.ts';
import { tellPublished, watchVideo } from './youtube-watch.ts';

/** With what videos are published on YouTube. */
export type YouTubePublisherOptions = {
  /** The owner's client, which renews its token by itself. */
  readonly auth: OAuth2Client;
  readonly channelId: string;
  /** Whether the owner allowed more than to upload: captions, playlists and changes want it. */
  readonly mayEdit: boolean;
  readonly records: Pick<Records, 'get' | 'put'>;
  readonly secrets: UploadSecrets;
  readonly ledger: Pick<Ledger, 'spend'>;
  /** `https://youtube.googleapis.com`, or what stands in its place. */
  readonly apiUrl: string;
  /** How long processing is watched, in ms. Default: an hour. */
  readonly patienceMs?: number;
  /** The largest piece, in bytes: a multiple of 256 KiB. */
  readonly mostPieceBytes?: number;
  /** Waits so many ms. Default: the clock. */
  readonly sleep?: Caller['sleep'];
  /** Ms since 1970. Default: the clock. */
  readonly now?: () => number;
};

const defaultPatienceMs = 3_600_000;

/** So long a film that was sent to its end may take to show up in the list of uploads, in ms; only then another is begun. */
const settleMs = 600_000;

/** While YouTube has not looked at a video that may be ours, it is asked again that often, and so long, in ms. */
const undecidedEveryMs = 30_000;
const undecidedMs = 1_800_000;

/** So many sessions in one run: each was gone, and the channel did not have the film. */
const maxSessions = 4;

/** So often a session is asked for. */
const maxStarts = 6;

/**
 * Publishes on YouTube, each film once. What was begun is written down before the first byte; after a break the session is asked first, then the
 * channel, and only when both do not have the film it is sent again.
 */
export function createYouTubePublisher(options: YouTubePublisherOptions): Publisher {
  const { auth, channelId, records, ledger, apiUrl } = options;
  const { now = Date.now, sleep = (ms, signal) => wait(ms, undefined, { signal }) } = options;
  const client = youtube({ version: 'v3', auth });
  const caller: Caller = { ledger, rootUrl: `${apiUrl.replace(/\/+$/u, '')}/`, sleep };

  return {
    target: 'youtube',
    async preview(publication) {
      await assertReady(publication, options);
      return describe(publication, channelId);
    },
    async publish(publication, { signal, report }) {
      const place = { records, itemId: publication.itemId, now };
      const before = await readUpload(place);
      if (before !== undefined) assertSame(before, publication, channelId);
      if (before?.published !== undefined) return before.published;
      // Once YouTube has the film, it need not be here any more.
      if (before?.videoId === undefined) await assertReady(publication, options);
      const { film, title } = publication;
      const held = await holdUpload(place, {
        channelId,
        contentHash: film.contentHash,
        sizeBytes: film.sizeBytes,
        title,
      });
      try {
        assertSame(held.value, publication, channelId);
        const tellDone = (share: number, what: string) => report({ share, what });
        const videoId =
          held.value.videoId ??
          (await upload(
            { ...options, client, caller, signal, held, now, sleep },
            publication,
            (sentBytes, what) => tellDone((0.95 * sentBytes) / film.sizeBytes, what),
          ));
        const parts = { auth, client, caller, apiUrl, signal, held };
        await completeVideo(parts, videoId, publication, (what) => tellDone(0.96, what));
        const patienceMs = options.patienceMs ?? defaultPatienceMs;
        const watched = { client, caller, signal, held, now, patienceMs };
        const video = await watchVideo(watched, videoId, (what) => tellDone(0.98, what));
        const published = tellPublished(video, publication, { upload: held.value, nowMs: now() });
        const { target: _target, ...rest } = published;
        await held.save({
          published: {
            ...rest,
            target: 'youtube',
            found: { ...rest.found },
            differences: [...rest.differences],
          },
        });
        tellDone(1, 'published');
        return published;
      } finally {
        await held.release();
      }
    },
  };
}

type UploadParts = YouTubePublisherOptions & {
  readonly client: youtube_v3.Youtube;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly held: HeldUpload;
  readonly now: () => number;
  readonly sleep: Caller['sleep'];
};

/** Brings the film to the channel. @returns the video's id, which is written down */
async function upload(
  parts: UploadParts,
  publication: Publication,
  report: (sentBytes: number, what: string) => void,
): Promise<string> {
  const { auth, apiUrl, signal, held, secrets, now, sleep, mostPieceBytes } = parts;
  const { film } = publication;
  const file = await withFileErrors(film.path, () => open(film.path, 'r'));
  try {
    // Also when it goes on: half of one film and half of another would be neither.
    await assertUnchanged(file, publication, signal);
    let isNew = false;
    for (let sessions = 0; ;) {
      const { session } = held.value;
      const address = session === undefined ? undefined : await secrets.get(session.id);
      if (session !== undefined && address !== undefined) {
        const sent = await sendFilm({
          caller: { auth, apiUrl, signal },
          address,
          isNew,
          file,
          sizeBytes: film.sizeBytes,
          held,
          mostPieceBytes,
          sleep,
          now,
          report: (sentBytes) => report(sentBytes, 'uploading'),
        });
        if (sent.kind === 'complete') {
          await held.save({ videoId: sent.videoId, metadataKey: session.metadataKey, session: undefined });
          await secrets.delete(session.id);
          return sent.videoId;
        }
        await secrets.delete(session.id);
      }
      // Gone, or begun on another machine: what it may have become is on the channel, or nowhere.
      if (held.value.sentToEndAt !== undefined) {
        report(film.sizeBytes, 'looking whether the channel has it: up to 10 min');
      }
      const videoId = await search(parts, publication);
      if (videoId !== undefined) {
        await held.save({ videoId, metadataKey: session?.metadataKey, session: undefined });
        return videoId;
      }
      sessions++;
      if (sessions > maxSessions) throw sessionsEnd();
      await begin(parts, publication);
      isNew = true;
    }
  } finally {
    await file.close();
  }
}

/** The film, where the channel has it. @throws provider.youtube_undecided while nobody can say */
async function search(parts: UploadParts, publication: Publication): Promise<string | undefined> {
  const { client, caller, channelId, signal, held, now, sleep } = parts;
  const startedMs = now();
  for (;;) {
    await held.save({});
    const { value: upload } = held;
    const found: Search = await findOnChannel(
      { client, caller, channelId, signal },
      {
        mark: markOf(publication),
        titles: [upload.title, publication.title],
        sizeBytes: publication.film.sizeBytes,
        since: upload.startedAt,
      },
    );
    if (found.kind === 'found') return found.videoId;
    const waitedMs = now() - startedMs;
    if (found.kind === 'unsure') {
      if (waitedMs > undecidedMs) throw undecided();
    } else if (now() - Date.parse(upload.sentToEndAt ?? '1970-01-01') >= settleMs) return undefined;
    await sleep(undecidedEveryMs, signal);
  }
}

/** Begins a session: the one that may send from now on. */
async function begin(
  { auth, apiUrl, signal, held, secrets, ledger, sleep }: UploadParts,
  publication: Publication,
): Promise<void> {
  for (let tried = 1; ; tried++) {
    await held.save({ session: undefined });
    await ledger.spend({
      service: 'youtube',
      operation: 'videos.insert',
      amount: 1,
      unit: 'uploads',
      usd: 0,
    });
    const started = await startSession(
      { auth, apiUrl, signal },
      {
        sizeBytes: publication.film.sizeBytes,
        mark: markOf(publication),
        resource: toVideoResource(publication),
      },
    );
    if ('address' in started) {
      const id = randomUUID();
      await secrets.put(id, started.address);
      await held.save({
        session: { id, metadataKey: keyOfMetadata(publication), acknowledgedBytes: 0, sentBytes: 0 },
        sentToEndAt: undefined,
      });
      return;
    }
    const { failure, cause } = started;
    if (failure.reason === 'uploadLimitExceeded') throw limitReached();
    // A token that was renewed may have ended meanwhile; a sign-in that ended is told as such.
    const mayPass = failure.isPassing || failure.status === 401;
    const retryAfterMs = failure.retryAfterMs ?? 0;
    if (!mayPass || tried === maxStarts || retryAfterMs > longestWaitMs) {
      throw cause instanceof PatternPivotError ? cause : tell(failure, 'videos.insert', cause);
    }
    await sleep(Math.max(waitMs(tried, undefined), retryAfterMs), signal);
  }
}

/** @throws input.youtube_metadata, input.scope_missing, not_found.file */
async function assertReady(publication: Publication, { mayEdit }: YouTubePublisherOptions): Promise<void> {
  const { coverPath, captionsPath, playlistIds, film } = publication;
  const sizeOf = async (path: string | undefined) =>
    path === undefined ? undefined : (await withFileErrors(path, () => stat(path))).size;
  assertPublishable(publication, { cover: await sizeOf(coverPath), captions: await sizeOf(captionsPath) });
  const size = await sizeOf(film.path);
  if (size !== film.sizeBytes) throw filmChanged(film.path);
  if (!mayEdit && (captionsPath !== undefined || playlistIds.length > 0)) {
    throw new PatternPivotError(
      'input.scope_missing',
      'Captions and playlists want more than was allowed when signing in.',
      {
        hint: 'Sign in again: pivot auth login --allow upload --allow captions; or publish without them.',
        context: { missing: ['captions'] },
      },
    );
  }
}

function assertSame({ channelId, contentHash }: Upload, publication: Publication, ownId: string): void {
  if (contentHash !== publication.film.contentHash) throw filmChanged(publication.film.path);
  if (channelId === ownId) return;
  throw new PatternPivotError('conflict.other_channel', `This was begun on another channel: ${channelId}.`, {
    hint: 'Go on as the owner of that channel: pivot auth login --allow upload',
    context: { channelId },
  });
}

async function assertUnchanged(file: FileHandle, { film }: Publication, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  await withFileErrors(film.path, async () => {
    const stream = file.createReadStream({ start: 0, autoClose: false, signal, highWaterMark: 1_048_576 });
    for await (const block of stream) hash.update(block as Buffer);
  });
  if (`sha256:${hash.digest('hex')}` !== film.contentHash) throw filmChanged(film.path);
}

function describe(publication: Publication, channelId: string): string[] {
  const { film, title, privacy, publishAt, isSynthetic, isMadeForKids, language } = publication;
  const steps = listSteps(publication);
  const units =
    8 +
    (publication.coverPath === undefined ? 0 : stepUnits.cover) +
    (publication.captionsPath === undefined ? 0 : stepUnits.captions) +
    new Set(publication.playlistIds).size * stepUnits.playlist;
  const when =
    publishAt === undefined ? privacy : `private, and public from ${new Date(publishAt).toISOString()}`;
  const marks = [
    isSynthetic ? 'synthetic' : 'not synthetic',
    isMadeForKids ? 'made for kids' : 'not for kids',
  ];
  return [
    `Upload ${basename(film.path)} (${(film.sizeBytes / 1e6).toFixed(1)} MB) to the channel ${channelId}.`,
    `Title: ${title}`,
    `It will be ${when}, marked as ${marks.join(' and ')}${language === undefined ? '' : `, in ${language}`}.`,
    ...(steps.length === 0 ? [] : [`Then: ${steps.join(', ')}.`]),
    `It costs 1 upload of the day's and about ${units} units of YouTube's quota.`,
  ];
}

function filmChanged(path: string): PatternPivotError {
  return new PatternPivotError('input.film_changed', `The film is not the one that was checked: ${path}`, {
    hint: 'Put it in the queue again. Nothing of it was sent.',
    context: { path },
  });
}

function undecided(): PatternPivotError {
  return new PatternPivotError(
    'provider.youtube_undecided',
    'YouTube has a video that may be this one, and does not say yet.',
    { retryable: true, hint: 'Nothing is sent again until that is known: run it again in an hour.' },
  );
}

function sessionsEnd(): PatternPivotError {
  return new PatternPivotError('provider.youtube_failed', 'YouTube ends every upload before it is done.', {
    retryable: true,
    hint: 'Run it again later: nothing was published.',
  });
}

function limitReached(): PatternPivotError {
  return new PatternPivotError('conflict.upload_limit', 'The channel may upload no more videos for now.', {
    retryable: true,
    hint: 'YouTube limits uploads a day by channel; run it again tomorrow.',
    context: { endsAt: new Date(Date.now() + 86_400_000).toISOString() },
  });
}
