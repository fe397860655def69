import { z } from 'zod';
import type { Records, RestoreOutcome, StoredRecord } from '../../ports/records.ts';
import { inParallel } from './backoff.ts';
import { openStorageSession, type GoogleBucket, type StorageSession } from './google-storage-client.ts';
import { decodeId, encodeId } from './google-storage-names.ts';
import {
  deleteObject,
  headObject,
  maxValueBytes,
  nameOf,
  objectFields,
  objectSchema,
  readJson,
  readObject,
  toRecord,
  writeObject,
  type StoredObject,
} from './google-storage-objects.ts';
import type { CountUse } from './count-use.ts';
import {
  assertCollection,
  assertId,
  assertVersion,
  boundsOf,
  defaultLimit,
  isSameRecord,
  makeRecord,
  maxPageBytes,
  toJson,
  toMs,
} from './record-rules.ts';

/** Calls on their way at once, where many are made. */
const callsAtOnce = 16;

/** The most that one list gives: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
const objectsAList = 1000;

const listSchema = z.object({
  nextPageToken: z.string().optional(),
  items: z.array(objectSchema).optional(),
  prefixes: z.array(z.string()).optional(),
});

/** How records are opened: where they are, the clock, and who counts. */
export type GoogleStorageOptions = GoogleBucket & {
  readonly now?: (() => number) | undefined;
  readonly countUse?: CountUse | undefined;
};

/**
 * Records in a bucket of Google Cloud Storage, by its JSON API: an object of JSON each, named `<prefix>/<collection>/<id>` and listed by its
 * name. Its version stands in its metadata, and its generation is the precondition of every change. Nothing is sent before the first call.
 * @throws what {@link Records} throws: not_found.records_bucket, input.google_credentials, provider.records_*
 */
export function openGoogleStorageRecords({
  now = Date.now,
  countUse,
  ...where
}: GoogleStorageOptions): Records {
  const session = openStorageSession(where, { countUse });
  const isLive = (object: StoredObject | undefined) =>
    object !== undefined && (object.expiresMs ?? Infinity) > now();
  const versionOf = (object: StoredObject | undefined) =>
    object !== undefined && isLive(object) ? object.version : 0;

  const get = async (collection: string, id: string): Promise<StoredRecord | undefined> => {
    const name = nameOf(session, collection, id);
    for (;;) {
      const object = await headObject(session, name);
      if (object === undefined || !isLive(object)) return undefined;
      const json = await readJson(session, name, object);
      if (json !== undefined) return toRecord(id, object, json, name);
      // Another version came between the two calls.
    }
  };

  const append = async (
    collection: string,
    id: string,
    json: string,
    expiresMs: number | undefined,
  ): Promise<boolean> => {
    const name = nameOf(session, collection, id);
    let before: StoredObject | undefined;
    for (;;) {
      if (await writeObject(session, { id, name, json, version: 1, expiresMs, before })) return true;
      before = await headObject(session, name);
      if (isLive(before)) return false;
    }
  };

  const restore = async (
    collection: string,
    record: StoredRecord,
    json: string,
    replacing: 'nothing' | 'older' | 'anything',
  ): Promise<RestoreOutcome> => {
    const { id, version } = record;
    const name = nameOf(session, collection, id);
    const expiresMs = toMs(record.expiresAt);
    let before: StoredObject | undefined;
    for (;;) {
      if (await writeObject(session, { id, name, json, version, expiresMs, before })) return 'written';
      before = await headObject(session, name);
      if (before === undefined || !isLive(before)) continue;
      const there = await readJson(session, name, before);
      if (there === undefined) continue;
      if (isSameRecord(toRecord(id, before, there, name), record)) return 'same';
      const isOlder = before.version < version;
      if (replacing === 'nothing' || (replacing === 'older' && !isOlder)) return 'kept';
    }
  };

  return {
    maxValueBytes,
    async get(collection, id) {
      assertCollection(collection);
      assertId(id);
      return get(collection, id);
    },
    async getAll(collection, ids) {
      assertCollection(collection);
      for (const id of ids) assertId(id);
      const found = await inParallel([...new Set(ids)], callsAtOnce, (id) => get(collection, id));
      return new Map(found.filter((record) => record !== undefined).map((record) => [record.id, record]));
    },
    async put(collection, id, value, options = {}) {
      assertCollection(collection);
      assertId(id);
      const json = toJson(value, id, maxValueBytes);
      const expiresMs = toMs(options.expiresAt);
      const name = nameOf(session, collection, id);
      // Where nothing may be there, that is found out by trying.
      let before = options.ifVersion === 0 ? undefined : await headObject(session, name);
      for (;;) {
        assertVersion(id, versionOf(before), options);
        const version = versionOf(before) + 1;
        if (await writeObject(session, { id, name, json, version, expiresMs, before }))
          return makeRecord(id, JSON.parse(json), version, expiresMs);
        before = await headObject(session, name);
      }
    },
    async append(collection, records) {
      assertCollection(collection);
      const wanted = new Map<string, { readonly json: string; readonly expiresMs: number | undefined }>();
      for (const { id, value, expiresAt } of records) {
        assertId(id);
        const write = { json: toJson(value, id, maxValueBytes), expiresMs: toMs(expiresAt) };
        if (!wanted.has(id)) wanted.set(id, write);
      }
      const added = await inParallel([...wanted], callsAtOnce, ([id, { json, expiresMs }]) =>
        append(collection, id, json, expiresMs),
      );
      return { addedCount: added.filter(Boolean).length };
    },
    async restore(collection, records, replacing) {
      assertCollection(collection);
      const writes = records.map((record) => {
        assertId(record.id);
        return { record, json: toJson(record.value, record.id, maxValueBytes) };
      });
      return inParallel(writes, callsAtOnce, ({ record, json }) =>
        restore(collection, record, json, replacing),
      );
    },
    async delete(collection, id, condition) {
      assertCollection(collection);
      assertId(id);
      const name = nameOf(session, collection, id);
      for (;;) {
        const before = await headObject(session, name);
        assertVersion(id, versionOf(before), condition);
        if (before === undefined) return false;
        if (await deleteObject(session, name, before)) return isLive(before);
      }
    },
    async dropExpired() {
      let droppedCount = 0;
      let pageToken: string | undefined;
      do {
        const page = await listObjects(session, { prefix: session.root, pageToken });
        const expired = page.items.filter((item) => !isLive(readObject(item)));
        const dropped = await inParallel(expired, callsAtOnce, (item) =>
          deleteObject(session, item.name, item),
        );
        droppedCount += dropped.filter(Boolean).length;
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      return droppedCount;
    },
    async list(collection, options = {}) {
      assertCollection(collection);
      return listRecords(collection, options);
    },
    async listCollections() {
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await listObjects(session, { prefix: session.root, delimiter: '/', pageToken });
        names.push(...page.prefixes.map((prefix) => prefix.slice(session.root.length, -1)));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      const pages = await inParallel(names, callsAtOnce, (name) => listRecords(name, { limit: 1 }));
      // Folders are listed with their slash, which comes before letters and after the hyphen.
      return names.filter((_, index) => (pages[index]?.records.length ?? 0) > 0).toSorted();
    },
    close: async () => {},
  };

  async function listRecords(
    collection: string,
    { limit = defaultLimit, ...range }: Parameters<Records['list']>[1] & {},
  ): ReturnType<Records['list']> {
    const bounds = boundsOf(range);
    if (bounds === undefined) return { records: [] };
    const root = nameOf(session, collection, '');
    const found: { readonly id: string; readonly name: string; readonly object: StoredObject }[] = [];
    let sizeBytes = 0;
    let pageToken: string | undefined;
    let hasMore = false;
    do {
      const page = await listObjects(session, {
        prefix: root,
        startOffset: root + encodeId(bounds.from),
        endOffset: bounds.before === undefined ? undefined : root + encodeId(bounds.before),
        maxResults: Math.min(limit + 1 - found.length, objectsAList),
        pageToken,
      });
      for (const item of page.items) {
        const id = decodeId(item.name.slice(root.length));
        const object = readObject(item);
        // What is none of ours is left alone.
        if (id === undefined || id === '' || !isLive(object)) continue;
        // One more than is given tells whether there are more.
        hasMore = found.length > 0 && (found.length >= limit || sizeBytes >= maxPageBytes);
        if (hasMore) break;
        found.push({ id, name: item.name, object });
        sizeBytes += object.sizeBytes;
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && !hasMore);
    const records = await inParallel(found, callsAtOnce, async ({ id, name, object }) => {
      const json = await readJson(session, name, object);
      // It was changed since it was listed, or deleted.
      return json === undefined ? get(collection, id) : toRecord(id, object, json, name);
    });
    const next = found.at(-1)?.id;
    return {
      records: records.filter((record) => record !== undefined),
      ...(hasMore && next !== undefined ? { next } : {}),
    };
  }
}

async function listObjects(
  session: StorageSession,
  query: Readonly<Record<string, string | number | undefined>>,
) {
  const { text } = await session.call({
    operation: 'objects.list',
    method: 'GET',
    path: session.objectsPath,
    query: { fields: `nextPageToken,prefixes,items(${objectFields})`, ...query },
  });
  const { items = [], prefixes = [], nextPageToken } = listSchema.parse(JSON.parse(text));
  return { items, prefixes, nextPageToken };
}
