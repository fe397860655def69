import type { Records } from '../../src/ports/records.ts';

/** A store under test; `reopen` gives another client of the same store, as another process would have it. */
export type RecordsUnderTest = {
  readonly records: Records;
  reopen(): Promise<Records>;
  close(): Promise<void>;
};

/** What a store is opened with: the clock that says what has expired. */
export type OpenOptions = { readonly now: () => number };

/** Opens an empty store. */
export type OpenRecords = (options: OpenOptions) => Promise<RecordsUnderTest>;
