/** A value under a name, and which version of it that is. */
export type StoredRecord = {
  /** Any text of 1 to 300 bytes of UTF-8. */
  readonly id: string;
  /** Plain JSON. */
  readonly value: unknown;
  /** Counted from 1, by every change. */
  readonly version: number;
};

/** What a put or a delete asks of what is there. */
export type RecordCondition = {
  /** Only if the stored version is this one; 0: only if there is none. Left out: whatever there is. */
  readonly ifVersion?: number;
};

/**
 * Where records live: small JSON values by collection and id, each with a version, so that two writers never lose a change.
 * The name of a collection is made of a–z, 0–9 and `-`, 63 characters at most.
 * @throws input.record_id and input.record_collection for names that are none, tool.records_damaged for a store that is broken
 */
export interface Records {
  /** A value's JSON may be this long, in bytes of UTF-8. */
  readonly maxValueBytes: number;
  get(collection: string, id: string): Promise<StoredRecord | undefined>;
  /** @throws conflict.record_changed when the condition does not hold, input.record_too_large, input.record_not_json */
  put(collection: string, id: string, value: unknown, condition?: RecordCondition): Promise<StoredRecord>;
  /** Whether there was one. @throws conflict.record_changed */
  delete(collection: string, id: string, condition?: RecordCondition): Promise<boolean>;
  /** In the order of the ids' UTF-8 bytes, `limit` at most (default 100), after an id; `next` is what to go on after, left out at the end. */
  list(
    collection: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<{ readonly records: readonly StoredRecord[]; readonly next?: string }>;
  close(): Promise<void>;
}
