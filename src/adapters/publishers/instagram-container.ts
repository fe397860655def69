import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { fitTexts } from '../../domain/platforms.ts';
import type { Publication } from '../../ports/publisher.ts';
import { callGraph, toLine, type InstagramCaller } from './instagram-call.ts';

/**
 * A container holds a reel until it is published, 24 hours at most; until then nobody sees it.
 * https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container
 */

/** How a container stands. */
export type ContainerState = {
  /** `GONE`: Instagram knows it no more. */
  readonly code: 'EXPIRED' | 'ERROR' | 'FINISHED' | 'IN_PROGRESS' | 'PUBLISHED' | 'GONE';
  /** In Instagram's words. */
  readonly said: string;
  /** Instagram's number of what went wrong. */
  readonly subcode?: number;
};

/** What is asked for of a reel. Everything that changes it changes its key. */
export function toContainerFields(
  publication: Publication,
  { isShownInFeed }: { readonly isShownInFeed: boolean },
): Record<string, string> {
  return {
    media_type: 'REELS',
    upload_type: 'resumable',
    caption: captionOf(publication),
    share_to_feed: String(isShownInFeed),
    is_ai_generated: String(publication.isSynthetic),
  };
}

/** The words below a reel: title, description and tags, as long as Instagram takes them. */
export function captionOf(publication: Publication): string {
  return fitTexts(publication, 'reels').body;
}

/** Names what is asked for: the same for the same words and marks. */
export function keyOfFields(fields: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/** Begins a container. @returns its id, and where its bytes go, in Instagram's words */
export async function createContainer(
  caller: InstagramCaller,
  accountId: string,
  fields: Record<string, string>,
): Promise<{ readonly id: string; readonly uri?: string | undefined }> {
  const schema = z.object({ id: idSchema, uri: z.string().max(2000).optional() });
  return callGraph(caller, schema, { method: 'POST', path: `${accountId}/media`, fields });
}

/** How a container stands. @throws what {@link callGraph} throws */
export async function readContainer(caller: InstagramCaller, id: string): Promise<ContainerState> {
  const schema = z.object({
    status_code: z.enum(['EXPIRED', 'ERROR', 'FINISHED', 'IN_PROGRESS', 'PUBLISHED']),
    status: z.string().optional(),
  });
  try {
    const fields = { fields: 'status_code,status' };
    const { status_code: code, status = '' } = await callGraph(caller, schema, {
      method: 'GET',
      path: id,
      fields,
    });
    const subcode = /\b(22\d{5})\b/u.exec(status)?.[1];
    return {
      code,
      said: toLine(status, caller.token),
      ...(subcode === undefined ? {} : { subcode: Number(subcode) }),
    };
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return { code: 'GONE', said: 'Instagram knows it no more.' };
  }
}

/** "Object does not exist", and "media builder not found". */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof PatternPivotError) || error.code !== 'provider.instagram_refused') return false;
  const { code, subcode } = error.context;
  return (code === 100 && subcode === 33) || subcode === 2_207_008;
}

/** How many bytes of its film a container has; undefined where this version of Instagram does not say. @throws what {@link callGraph} throws */
export async function readSentBytes(caller: InstagramCaller, id: string): Promise<number | undefined> {
  const phase = z.object({ bytes_transferred: z.int().nonnegative().optional() });
  const schema = z.object({
    id: idSchema,
    video_status: z.object({ uploading_phase: phase }).optional().catch(undefined),
  });
  try {
    const { video_status: status } = await callGraph(caller, schema, {
      method: 'GET',
      path: id,
      fields: { fields: 'video_status' },
    });
    return status?.uploading_phase.bytes_transferred;
  } catch (error) {
    // It only saves sending some of it twice.
    if (error instanceof PatternPivotError && error.code === 'provider.instagram_refused') return undefined;
    throw error;
  }
}

/** Publishes what a container holds. @returns the post's id */
export async function publishContainer(
  caller: InstagramCaller,
  accountId: string,
  id: string,
): Promise<string> {
  const answer = await callGraph(caller, z.object({ id: idSchema }), {
    method: 'POST',
    path: `${accountId}/media_publish`,
    fields: { creation_id: id },
  });
  return answer.id;
}

/** Whether an account may post once more; where Instagram does not say, it may. @throws conflict.instagram_limit */
export async function assertPostsLeft(caller: InstagramCaller, accountId: string): Promise<void> {
  const schema = z.object({
    data: z.array(
      z.object({ quota_usage: z.number(), config: z.object({ quota_total: z.number() }).optional() }),
    ),
  });
  let used: z.infer<typeof schema>['data'][number] | undefined;
  try {
    const fields = { fields: 'config,quota_usage' };
    const path = `${accountId}/content_publishing_limit`;
    used = (await callGraph(caller, schema, { method: 'GET', path, fields })).data[0];
  } catch (error) {
    if (!(error instanceof PatternPivotError) || error.kind !== 'provider') throw error;
  }
  if (used?.config === undefined || used.quota_usage < used.config.quota_total) return;
  throw new PatternPivotError(
    'conflict.instagram_limit',
    `The account has posted ${used.quota_usage} of ${used.config.quota_total} times in 24 hours.`,
    {
      retryable: true,
      hint: 'Run it again later: no more is taken before.',
      context: { endsAt: new Date(caller.now() + 3_600_000).toISOString() },
    },
  );
}

/** A post as Instagram has it. */
export type Media = {
  readonly id: string;
  readonly url?: string | undefined;
  readonly caption: string;
  /** `REELS`, `FEED` and so on. */
  readonly kind?: string | undefined;
  readonly isMarkedSynthetic?: boolean | undefined;
  readonly at?: string | undefined;
};

const mediaSchema = z.object({
  id: z.string().regex(/^\d{1,40}$/u),
  permalink: z
    .url({ protocol: /^https$/ })
    .max(500)
    .optional(),
  caption: z.string().optional(),
  media_product_type: z.string().max(50).optional(),
  is_ai_generated: z.boolean().optional(),
  timestamp: z.string().max(50).optional(),
});

const mediaFields = 'id,permalink,caption,media_product_type,timestamp';

/** A post as it came out; undefined where Instagram does not say. */
export async function readMedia(caller: InstagramCaller, id: string): Promise<Media | undefined> {
  // The mark is a field of June 2026: where a version does not have it, the call as a whole is refused.
  for (const fields of [`${mediaFields},is_ai_generated`, mediaFields]) {
    try {
      return toMedia(await callGraph(caller, mediaSchema, { method: 'GET', path: id, fields: { fields } }));
    } catch (error) {
      if (!(error instanceof PatternPivotError) || error.kind !== 'provider') throw error;
    }
  }
  return undefined;
}

/** The post with these words that came out since then; undefined where there is none, or several. */
export async function findMedia(
  caller: InstagramCaller,
  accountId: string,
  wanted: { readonly caption: string; readonly sinceMs: number },
): Promise<Media | undefined> {
  const schema = z.object({ data: z.array(mediaSchema) });
  const { data } = await callGraph(caller, schema, {
    method: 'GET',
    path: `${accountId}/media`,
    fields: { fields: mediaFields, limit: '25' },
  });
  const found = data.map(toMedia).filter(({ caption, at }) => {
    // What came out before is another, whatever it is called.
    const atMs = Date.parse((at ?? '').replace(/\+0000$/u, 'Z'));
    return isSameText(caption, wanted.caption) && atMs >= wanted.sinceMs - marginMs;
  });
  return found.length === 1 ? found[0] : undefined;
}

/** Clocks differ, and it may have been asked for a few times, minutes apart: the first of them may have worked. */
const marginMs = 600_000;

/** Whether two texts are the same but for how their lines end. */
export function isSameText(a: string, b: string): boolean {
  const plain = (text: string) => text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  return plain(a) === plain(b);
}

function toMedia(media: z.infer<typeof mediaSchema>): Media {
  const { id, permalink, caption, media_product_type: kind, is_ai_generated: mark, timestamp } = media;
  return { id, url: permalink, caption: caption ?? '', kind, isMarkedSynthetic: mark, at: timestamp };
}

const idSchema = z.string().regex(/^\d{1,40}$/u);
