/** A value under a name, and which version of it that is. */
export type StoredRecord = {
  /** Any text of 1 to 300 bytes of UTF-8. */
  readonly id: string;
  /** Plain JSON. */
  readonly value: unknown;
  /** Counted from 1, by every change. */
  readonly version: number;
  /** From when on there is no such record any more, ISO 8601; left out for what is kept. */
  readonly expiresAt?: string;
};

/** What a put or a delete asks of what is there. */
export type RecordCondition = {
  /** Only if the stored version is this one; 0: only if there is none. Left out: whatever there is. */
  readonly ifVersion?: number | undefined;
};

/** How something is put. */
export type PutOptions = RecordCondition & {
  /** From when on it is gone, ISO 8601; left out: it stays, whatever was asked for the version before. */
  readonly expiresAt?: string | undefined;
};

/** A record that is appended: it is never changed, and its id says what it is. */
export type NewRecord = Pick<StoredRecord, 'id' | 'value'> & { readonly expiresAt?: string | undefined };

/** Which records of a collection are listed. */
export type RecordRange = {
  /** Only ids that begin so. */
  readonly prefix?: string | undefined;
  /** Only ids after this one: the `next` of the page before, or any text. */
  readonly after?: string | undefined;
  /** Only ids before this one. */
  readonly before?: string | undefined;
};

/** A part of a list, in the order of the ids' UTF-8 bytes. `next` is what to go on after; it is left out at the end. */
export type RecordPage = { readonly records: readonly StoredRecord[]; readonly next?: string };

/** What a restored record may take the place of: no record, one of a lower version, or any. */
export type Replacing = 'nothing' | 'older' | 'anything';

/** What became of one restored record: written; there already, just the same; or another is there, and stays. */
export type RestoreOutcome = 'written' | 'same' | 'kept';

/**
 * Where records live: small JSON values by collection and id, each with a version, so that two writers never lose a change.
 * The name of a collection is made of a–z, 0–9 and `-`, 63 characters at most. A record that has expired is nowhere to be seen, whether or not
 * the store has thrown it away. What was put is kept when the promise is fulfilled. Of several records that one call writes, some may be
 * written when it fails; the same call again writes the others, and none twice.
 * @throws input.record_id and input.record_collection for names that are none, tool.records_damaged for a store that is broken,
 * provider.records_* for one that cannot be reached or refuses
 */
export interface Records {
  /** A value's JSON may be this long, in bytes of UTF-8. */
  readonly maxValueBytes: number;
  get(collection: string, id: string): Promise<StoredRecord | undefined>;
  /** Those of the ids that there are, by id. Meant for a hundred or so at a time. */
  getAll(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>>;
  /** @throws conflict.record_changed when the condition does not hold, input.record_too_large, input.record_not_json */
  put(collection: string, id: string, value: unknown, options?: PutOptions): Promise<StoredRecord>;
  /**
   * Adds records that never change, such as snapshots: in batches, each once. An id that is there stays as it is; two processes that append
   * one id at the same moment must mean the same. Meant for a thousand or so at a time.
   * @returns how many were not there. @throws input.record_too_large, input.record_not_json, before anything is written
   */
  append(collection: string, records: readonly NewRecord[]): Promise<{ readonly addedCount: number }>;
  /**
   * Puts back records of another store, with their versions. @returns what became of each, in their order
   * @throws input.record_too_large, before anything is written
   */
  restore(
    collection: string,
    records: readonly StoredRecord[],
    replacing: Replacing,
  ): Promise<readonly RestoreOutcome[]>;
  /** Whether there was one. @throws conflict.record_changed */
  delete(collection: string, id: string, condition?: RecordCondition): Promise<boolean>;
  /** Throws away what has expired, for good, where the store does not do so soon by itself. @returns how many */
  dropExpired(): Promise<number>;
  /** In the order of the ids' UTF-8 bytes, `limit` at most (default 100); a page of long values may be shorter. */
  list(
    collection: string,
    options?: RecordRange & { readonly limit?: number | undefined },
  ): Promise<RecordPage>;
  /** The names of the collections that hold anything, in their order. */
  listCollections(): Promise<readonly string[]>;
  close(): Promise<void>;
}
