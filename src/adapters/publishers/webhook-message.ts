import { createHmac } from 'node:crypto';
import { basename } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { fitTexts, type PlatformName } from '../../domain/platforms.ts';
import type { Publication } from '../../ports/publisher.ts';

/** A message in the form of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */

/** What the message tells. */
const messageType = 'video.ready';

/** The id of a film's message: the same one however often it is sent, so that a receiver drops what it has. */
export function messageId({ itemId }: Pick<Publication, 'itemId'>): string {
  return `msg_${itemId.replaceAll(/[^\w-]/gu, '_')}`;
}

/** The body of a film's message. `at`: when it was first begun, ISO 8601, so that a repeated message is the same one. */
export function writeMessage(
  publication: Publication,
  { at, platforms }: { readonly at: string; readonly platforms: readonly PlatformName[] },
): string {
  const { itemId, film, title, description, tags, privacy, publishAt, language } = publication;
  const { isSynthetic, isMadeForKids, isShort, coverPath, captionsPath } = publication;
  return JSON.stringify({
    type: messageType,
    timestamp: at,
    data: {
      itemId,
      title,
      description,
      tags,
      texts: Object.fromEntries(platforms.map((name) => [name, fitTexts(publication, name)])),
      schedule: { privacy, publishAt },
      marks: { synthetic: isSynthetic, madeForKids: isMadeForKids, short: isShort },
      language,
      film: { ...placeOf(film.path), contentHash: film.contentHash, sizeBytes: film.sizeBytes },
      cover: coverPath === undefined ? undefined : placeOf(coverPath),
      captions: captionsPath === undefined ? undefined : placeOf(captionsPath),
    },
  });
}

function placeOf(path: string): { readonly name: string; readonly path: string } {
  return { name: basename(path), path };
}

/** Signs messages with a secret. */
export type Signer = (message: { id: string; seconds: number; body: string }) => string;

/**
 * Reads a secret: `whsec_` and base64 of the key. The length is the specification's: 24 to 64 bytes.
 * @throws input.webhook_secret, which does not show it
 */
export function readSecret(secret: string): Signer {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/u.exec(secret.trim())?.[1];
  const key = Buffer.from(text ?? '', 'base64');
  const isWhole = text !== undefined && key.toString('base64').replace(/=+$/u, '') === text.replace(/=+$/u, '');
  if (!isWhole || key.length < 24 || key.length > 64) {
    throw new PatternPivotError('input.webhook_secret', 'The secret of the webhook is none.', {
      hint: 'Set PATTERNPIVOT_WEBHOOK_SECRET to whsec_ and the base64 of 24 to 64 bytes, as the receiver shows it.',
    });
  }
  return ({ id, seconds, body }) =>
    `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
