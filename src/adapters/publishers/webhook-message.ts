import { createHash, createHmac } from 'node:crypto';
import { basename, isAbsolute, relative, sep } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { fitTexts, type PlatformName } from '../../domain/platforms.ts';
import type { Publication } from '../../ports/publisher.ts';

/** A message in the form of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */

/** What the message tells. */
const messageType = 'video.ready';

/** The id of a film's message: the same one however often it is sent, so that a receiver drops what it has. */
export function messageId({ itemId }: Pick<Publication, 'itemId'>): string {
  const isPlain = /^[\w-]{1,64}$/u.test(itemId);
  return `msg_${isPlain ? itemId : createHash('sha256').update(itemId).digest('hex').slice(0, 32)}`;
}

/** A folder whose files a server of the user shows, and the address that it shows them under, without `?` and `#`. */
export type ShownFolder = { readonly folder: string; readonly url: string };

/** How a receiver gets at a file: by its address where a server shows it, else by its path on this machine. */
type FilePlace =
  { readonly name: string; readonly url: string } | { readonly name: string; readonly path: string };

/** What a message is written with beside its film. */
export type MessageParts = {
  /** When it was first begun, ISO 8601: it stays the same when the message is sent again. */
  readonly at: string;
  readonly platforms: readonly PlatformName[];
  readonly shown?: ShownFolder | undefined;
};

/** The body of a film's message. @throws input.webhook_film_not_shown */
export function writeMessage(publication: Publication, { at, platforms, shown }: MessageParts): string {
  const { itemId, film, title, description, tags, privacy, publishAt, language } = publication;
  const { isSynthetic, isMadeForKids, isShort, coverPath, captionsPath } = publication;
  const placeOf = (path: string | undefined) => (path === undefined ? undefined : placeFile(path, shown));
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
      cover: placeOf(coverPath),
      captions: placeOf(captionsPath),
    },
  });
}

/** How a receiver gets at a file; no path of this machine is told where addresses are. @throws input.webhook_film_not_shown */
export function placeFile(path: string, shown: ShownFolder | undefined): FilePlace {
  const name = basename(path);
  if (shown === undefined) return { name, path };
  const parts = relative(shown.folder, path).split(sep);
  if (parts[0] === '..' || parts[0] === '' || isAbsolute(parts.join(sep))) {
    throw new PatternPivotError('input.webhook_film_not_shown', `No address leads to ${path}.`, {
      hint: `Put it into the folder that your server shows (publish.webhook.filmsFolder): ${shown.folder}`,
      context: { path, folder: shown.folder },
    });
  }
  return { name, url: `${shown.url.replace(/\/+$/u, '')}/${parts.map(encodeURIComponent).join('/')}` };
}

/** Signs messages with a secret, or with several while one takes the place of another. */
export interface Signer {
  /** What goes into `webhook-signature`. */
  sign(message: { readonly id: string; readonly seconds: number; readonly body: string }): string;
  /** Stands for an address of this secret in records: neither of them can be told from it. */
  keyOf(address: URL): string;
}

/**
 * Reads a secret: `whsec_` and base64 of the key, of 24 to 64 bytes as the specification has it; several with spaces between.
 * @throws input.webhook_secret, which does not show it
 */
export function readSecret(secret: string): Signer {
  const keys = secret.trim().split(/\s+/u).map(readKey);
  const [first] = keys;
  if (first === undefined || keys.length > mostSecrets) throw noSecret();
  return {
    sign: ({ id, seconds, body }) =>
      keys.map((key) => `v1,${hmac(key, `${id}.${seconds}.${body}`).toString('base64')}`).join(' '),
    keyOf: (address) => hmac(first, `receiver ${address.href}`).toString('hex').slice(0, 32),
  };
}

/** So many secrets at once are a change of one; more are a mistake. */
const mostSecrets = 3;

function readKey(secret: string): Buffer {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/u.exec(secret)?.[1];
  if (text === undefined) throw noSecret();
  const key = Buffer.from(text, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/u, '') === text.replace(/=+$/u, '');
  if (!isWhole || key.length < 24 || key.length > 64) throw noSecret();
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function noSecret(): PatternPivotError {
  return new PatternPivotError('input.webhook_secret', 'The secret of the webhook is missing or not one.', {
    hint: 'Set PATTERNPIVOT_WEBHOOK_SECRET to whsec_ and the base64 of 24 to 64 bytes, as the receiver shows it.',
  });
}
