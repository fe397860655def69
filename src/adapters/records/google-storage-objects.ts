import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { StoredRecord } from '../../ports/records.ts';
import type { StorageSession } from './google-storage-client.ts';
import { encodeId } from './google-storage-names.ts';
import { makeRecord } from './record-rules.ts';
import { assertKnown, makeToken, tokensKept } from './write-tokens.ts';

/** A value's JSON may be this long. */
export const maxValueBytes = 16_000_000;

/**
 * Short values stand in the metadata of their objects too, where a list gives them: else each record of a list would be a call of its own. All the
 * metadata of an object have at most 8 KiB: https://cloud.google.com/storage/quotas#objects
 */
const maxInlineChars = 6000;

/** What the API says of an object, as far as it is used. */
export const objectSchema = z.object({
  name: z.string(),
  generation: z.string(),
  size: z.string().optional(),
  customTime: z.string().optional(),
  metadata: z
    .object({
      version: z.string().optional(),
      value: z.string().optional(),
      expires: z.string().optional(),
      writes: z.string().optional(),
    })
    .optional(),
});

/** What is known of an object without reading it. */
export type StoredObject = {
  readonly generation: string;
  readonly version: number;
  readonly sizeBytes: number;
  readonly expiresMs: number | undefined;
  /** The JSON, where it is short. */
  readonly inline: string | undefined;
  /** The names of the last writes, the latest first. */
  readonly writes: readonly string[];
};

/** The fields that are asked for. */
export const objectFields = 'name,generation,size,customTime,metadata';

/** What the API says of an object, in our words. An object that was put there by hand has no version: then it is the first. */
export function readObject(object: z.infer<typeof objectSchema>): StoredObject {
  const { generation, size, metadata = {} } = object;
  const { version, value, expires, writes = '' } = metadata;
  return {
    generation,
    version: version === undefined ? 1 : Number(version),
    sizeBytes: Number(size ?? 0),
    expiresMs: expires === undefined ? undefined : Number(expires),
    inline: value,
    writes: writes.split(' ').filter((write) => write !== ''),
  };
}

/** The name of a record's object. */
export function nameOf({ root }: StorageSession, collection: string, id: string): string {
  return `${root}${collection}/${encodeId(id)}`;
}

const pathOf = (session: StorageSession, name: string) =>
  `${session.objectsPath}/${encodeURIComponent(name)}`;

/** What there is under a name, expired or not. */
export async function headObject(session: StorageSession, name: string): Promise<StoredObject | undefined> {
  const { status, text } = await session.call({
    operation: 'objects.get',
    method: 'GET',
    path: pathOf(session, name),
    query: { fields: objectFields },
  });
  return status === 'ok' ? readObject(objectSchema.parse(JSON.parse(text))) : undefined;
}

/** The JSON of just this generation of an object; undefined where there is another by now, or none. */
export async function readJson(
  session: StorageSession,
  name: string,
  { inline, generation }: StoredObject,
): Promise<string | undefined> {
  if (inline !== undefined) return inline;
  const { status, text } = await session.call({
    operation: 'objects.get',
    method: 'GET',
    path: pathOf(session, name),
    query: { alt: 'media', generation },
  });
  return status === 'ok' ? text : undefined;
}

/** The record of an object. @throws tool.records_damaged */
export function toRecord(id: string, object: StoredObject, json: string, name: string): StoredRecord {
  try {
    return makeRecord(id, JSON.parse(json), object.version, object.expiresMs);
  } catch (error) {
    throw new PatternPivotError('tool.records_damaged', `This object holds no JSON: ${name}`, {
      cause: error,
      hint: 'Another program wrote it: give the library a bucket, or a records.prefix, of its own.',
      context: { name },
    });
  }
}

/** A write of one object. */
export type ObjectWrite = {
  readonly id: string;
  readonly name: string;
  readonly json: string;
  readonly version: number;
  readonly expiresMs: number | undefined;
  /** What is there now, and is replaced; undefined: nothing may be there. */
  readonly before: StoredObject | undefined;
};

/**
 * Writes an object at once, if what is there is still what it was. @returns false where it is not. A write whose answer was lost, and
 * that is refused when it is tried again because it was carried out, is known by the name that it left. @throws provider.records_unknown
 */
export async function writeObject(session: StorageSession, write: ObjectWrite): Promise<boolean> {
  const { id, name, json, version, expiresMs, before } = write;
  const token = makeToken();
  const inline = json.length > maxInlineChars ? undefined : toAscii(json);
  const metadata = {
    version: String(version),
    writes: [token, ...(before?.writes ?? [])].slice(0, tokensKept).join(' '),
    ...(inline === undefined || inline.length > maxInlineChars ? {} : { value: inline }),
    ...(expiresMs === undefined ? {} : { expires: String(expiresMs) }),
  };
  const resource = {
    name,
    contentType: 'application/json',
    metadata,
    ...(expiresMs === undefined ? {} : { customTime: new Date(expiresMs).toISOString() }),
  };
  const boundary = `record-${randomBytes(18).toString('base64url')}`;
  const part = (body: string) => `--${boundary}\r\nContent-Type: application/json\r\n\r\n${body}\r\n`;
  const { status, mayBeDone } = await session.call({
    operation: 'objects.insert',
    method: 'POST',
    path: `/upload${session.objectsPath}`,
    query: { uploadType: 'multipart', ifGenerationMatch: before?.generation ?? '0', fields: 'generation' },
    contentType: `multipart/related; boundary=${boundary}`,
    body: `${part(JSON.stringify(resource))}${part(json)}--${boundary}--\r\n`,
  });
  if (status === 'ok') return true;
  if (!mayBeDone) return false;
  const there = await headObject(session, name);
  if (there?.writes.includes(token) === true) return true;
  if (there !== undefined) assertKnown(id, version, there.version);
  return false;
}

/** Deletes an object, if it is still what it was. @returns false where it is not */
export async function deleteObject(
  session: StorageSession,
  name: string,
  { generation }: Pick<StoredObject, 'generation'>,
): Promise<boolean> {
  const { status, mayBeDone } = await session.call({
    operation: 'objects.delete',
    method: 'DELETE',
    path: pathOf(session, name),
    query: { ifGenerationMatch: generation },
  });
  return status === 'ok' || (status === 'not_found' && mayBeDone);
}

/** The same JSON in ASCII: metadata travel as headers too. */
function toAscii(json: string): string {
  return json.replace(/[^ -~]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
