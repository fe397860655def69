import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OAuth2Client } from 'google-auth-library';
import type { youtube_v3 } from '@googleapis/youtube';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { Publication } from '../../ports/publisher.ts';
import { call, type Caller, type RequestOptions } from '../platform/youtube/call.ts';
import { keyOfMetadata, setParts, toVideoResource } from './youtube-metadata.ts';
import type { HeldUpload } from './youtube-record.ts';

/** Units that requests cost: https://developers.google.com/youtube/v3/determine_quota_cost */
export const stepUnits = {
  update: 50,
  cover: 50,
  captions: 400,
  captionsList: 50,
  playlist: 50,
  playlistList: 1,
} as const;

/** A list that was just changed may not show it yet, in ms. */
const settleMs = 5000;

/** With what a video is completed. */
export type StepParts = {
  readonly auth: OAuth2Client;
  readonly client: youtube_v3.Youtube;
  readonly caller: Caller;
  readonly apiUrl: string;
  readonly signal: AbortSignal;
  readonly held: HeldUpload;
};

/** What is done beside the film itself, in order: each by its name, as it is written down. */
export function listSteps({
  coverPath,
  captionsPath,
  playlistIds,
}: Pick<Publication, 'coverPath' | 'captionsPath' | 'playlistIds'>): readonly string[] {
  return [
    ...(coverPath === undefined ? [] : ['cover']),
    ...(captionsPath === undefined ? [] : ['captions']),
    ...[...new Set(playlistIds)].map((id) => `playlist ${id}`),
  ];
}

/**
 * Does what is not done yet, each once: the title and settings where they were changed since, the cover, the captions, the playlists.
 * What was begun and may have worked is looked for first. What YouTube refuses is written down, and told; the video is there all the same.
 * @throws conflict.budget_reached, conflict.quota_exceeded, provider.*, cancelled.*; called again it goes on there
 */
export async function completeVideo(
  parts: StepParts,
  videoId: string,
  publication: Publication,
  report: (what: string) => void,
): Promise<void> {
  const { held } = parts;
  const metadataKey = keyOfMetadata(publication);
  if (held.value.metadataKey !== metadataKey) {
    report('setting title and settings');
    await once(parts, `metadata ${metadataKey.slice(0, 16)}`, () => update(parts, videoId, publication));
    await held.save({ metadataKey });
  }
  for (const step of listSteps(publication)) {
    report(step.replace(/ .*/u, ''));
    if (step === 'cover')
      await once(parts, step, () => setCover(parts, videoId, publication.coverPath ?? ''));
    else if (step === 'captions') {
      await once(parts, step, (wasBegun) => addCaptions(parts, videoId, publication, wasBegun));
    } else {
      const playlistId = step.slice('playlist '.length);
      await once(parts, step, (wasBegun) => addToPlaylist(parts, videoId, playlistId, wasBegun));
    }
  }
}

/** Refusals that stay: what was asked is not allowed, not there, or not as YouTube wants it. */
const finalCodes = new Set([
  'input.youtube_forbidden',
  'not_found.youtube',
  'provider.youtube_refused',
  'input.scope_missing',
]);

async function once(
  { held }: StepParts,
  step: string,
  run: (wasBegun: boolean) => Promise<void>,
): Promise<void> {
  const before = held.value.steps[step];
  if (before === 'done' || before === 'refused') return;
  await held.save({ steps: { ...held.value.steps, [step]: 'begun' } });
  try {
    await run(before === 'begun');
  } catch (error) {
    if (!(error instanceof PatternPivotError) || !finalCodes.has(error.code)) throw error;
    await held.save({
      steps: { ...held.value.steps, [step]: 'refused' },
      refusals: { ...held.value.refusals, [step]: error.message.slice(0, 500) },
    });
    return;
  }
  await held.save({ steps: { ...held.value.steps, [step]: 'done' } });
}

async function update(
  { client, caller, signal }: StepParts,
  videoId: string,
  publication: Publication,
): Promise<void> {
  const requestBody = { id: videoId, ...toVideoResource(publication) };
  await call(caller, { operation: 'videos.update', units: stepUnits.update, signal }, (options) =>
    client.videos.update({ part: [...setParts], requestBody }, options),
  );
}

/** Twice is the same as once. https://developers.google.com/youtube/v3/docs/thumbnails/set */
async function setCover(parts: StepParts, videoId: string, path: string): Promise<void> {
  const bytes = await withFileErrors(path, () => readFile(path));
  const contentType = bytes[0] === 0x89 ? 'image/png' : 'image/jpeg';
  const address = `thumbnails/set?videoId=${encodeURIComponent(videoId)}&uploadType=media`;
  await call(
    parts.caller,
    { operation: 'thumbnails.set', units: stepUnits.cover, signal: parts.signal },
    (options) => post(parts, options, address, { bytes, contentType }),
  );
}

/** https://developers.google.com/youtube/v3/docs/captions/insert */
async function addCaptions(
  parts: StepParts,
  videoId: string,
  { captionsPath = '', language = 'en' }: Publication,
  wasBegun: boolean,
): Promise<void> {
  const { client, caller, signal } = parts;
  const bytes = await withFileErrors(captionsPath, () => readFile(captionsPath));
  const boundary = `pivot-${randomUUID()}`;
  const resource = { snippet: { videoId, language, name: '', isDraft: false } };
  const body = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(resource)}\r\n` +
        `--${boundary}\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const isThere = async () => {
    const { data } = await call(
      caller,
      { operation: 'captions.list', units: stepUnits.captionsList, signal },
      (options) => client.captions.list({ part: ['snippet'], videoId }, options),
    );
    return (data.items ?? []).some(
      ({ snippet }) =>
        snippet?.trackKind?.toLowerCase() !== 'asr' &&
        snippet?.language?.toLowerCase() === language.toLowerCase() &&
        (snippet.name ?? '') === '',
    );
  };
  await insertOnce(parts, wasBegun, isThere, () =>
    call(caller, { operation: 'captions.insert', units: stepUnits.captions, signal, tries: 1 }, (options) =>
      post(parts, options, 'captions?part=snippet&uploadType=multipart', {
        bytes: body,
        contentType: `multipart/related; boundary=${boundary}`,
      }),
    ),
  );
}

/** https://developers.google.com/youtube/v3/docs/playlistItems/insert */
async function addToPlaylist(
  parts: StepParts,
  videoId: string,
  playlistId: string,
  wasBegun: boolean,
): Promise<void> {
  const { client, caller, signal } = parts;
  const isThere = async () => {
    const { data } = await call(
      caller,
      { operation: 'playlistItems.list', units: stepUnits.playlistList, signal },
      (options) => client.playlistItems.list({ part: ['contentDetails'], playlistId, videoId }, options),
    );
    return (data.items ?? []).some(({ contentDetails }) => contentDetails?.videoId === videoId);
  };
  const requestBody = { snippet: { playlistId, resourceId: { kind: 'youtube#video', videoId } } };
  await insertOnce(parts, wasBegun, isThere, () =>
    call(
      caller,
      { operation: 'playlistItems.insert', units: stepUnits.playlist, signal, tries: 1 },
      (options) => client.playlistItems.insert({ part: ['snippet'], requestBody }, options),
    ),
  );
}

/** So often something is put in that a broken connection may have put in already; before each but the first it is looked for. */
const maxInserts = 4;

async function insertOnce(
  { caller, signal }: StepParts,
  wasBegun: boolean,
  isThere: () => Promise<boolean>,
  insert: () => Promise<unknown>,
): Promise<void> {
  if (wasBegun && (await isThere())) return;
  for (let tried = 1; ; tried++) {
    try {
      await insert();
      return;
    } catch (error) {
      const { status, reason } =
        (error as { context?: { status?: unknown; reason?: unknown } }).context ?? {};
      // What we wanted, put there by a try whose answer was lost.
      if (status === 409 || reason === 'captionExists') return;
      const isPassing = error instanceof PatternPivotError && error.retryable;
      if (!isPassing || tried === maxInserts) throw error;
      await caller.sleep(settleMs, signal);
      if (await isThere()) return;
    }
  }
}

/** By the client's own token, in one piece, so that a token that ran out can be renewed on the way. */
async function post(
  { auth, apiUrl }: StepParts,
  { headers, ...options }: RequestOptions,
  address: string,
  body: { readonly bytes: Buffer; readonly contentType: string },
): Promise<{ readonly status: number; readonly data: unknown }> {
  return auth.request<unknown>({
    ...options,
    url: `${apiUrl.replace(/\/+$/u, '')}/upload/youtube/v3/${address}`,
    method: 'POST',
    data: body.bytes,
    headers: { ...headers, 'content-type': body.contentType },
    redirect: 'error',
  });
}
