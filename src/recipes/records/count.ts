import { createHash } from 'node:crypto';
import type { Records } from '../../ports/records.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readCollection, recordLine } from './compare.ts';

/** How much a collection holds. */
export type CountedCollection = {
  readonly collection: string;
  readonly count: number;
  /** Of their values' JSON, in bytes. */
  readonly valueBytes: number;
  /** SHA-256 of all ids, versions, ends and values: the same for the same records in any store. */
  readonly sha256: string;
};

/** Counts what a store holds, and hashes it, by reading all of it. */
export async function countRecords(records: Records, context: RecipeContext): Promise<CountedCollection[]> {
  return runStep(context, 'count', async ({ signal, report }) => {
    const all: CountedCollection[] = [];
    let done = 0;
    for (const collection of await records.listCollections()) {
      const hash = createHash('sha256');
      let [count, valueBytes] = [0, 0];
      for await (const record of readCollection(records, collection, signal)) {
        count += 1;
        valueBytes += Buffer.byteLength(JSON.stringify(record.value));
        hash.update(recordLine(record));
        report({ done: (done += 1), total: undefined, unit: 'records' });
      }
      all.push({ collection, count, valueBytes, sha256: hash.digest('hex') });
    }
    return all;
  });
}
