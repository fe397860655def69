import { createHash } from 'node:crypto';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Records, Replacing, StoredRecord } from '../../ports/records.ts';
import type { StageContext } from '../../stages/stage.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { compareCollection, recordLine, type RecordPair } from './compare.ts';

/** What is copied, and how. */
export type CopyWish = {
  readonly source: Records;
  readonly target: Records;
  /** Whether records of the target give way that are newer than the source's, or as new and different. */
  readonly mayOverwrite: boolean;
  /** Only looks, and says what would be done. */
  readonly isDryRun: boolean;
};

/** What became of a collection. Every record of the source is in one of the four counts. */
export type CopiedCollection = {
  readonly collection: string;
  readonly writtenCount: number;
  /** They were there already, just the same. */
  readonly sameCount: number;
  /** The target has a newer one, or another that is as new: it stays. */
  readonly keptCount: number;
  /** The target takes none that long: they are not copied. */
  readonly tooLargeCount: number;
  /** Some of those that were kept or too large. */
  readonly leftIds: readonly string[];
  /** What only the target has stays there. */
  readonly extraCount: number;
  /** SHA-256 of all that must be the same in both, read back from the target; left out by a dry run. */
  readonly sha256?: string;
};

/** So much is written at once: records, and characters of JSON. */
const batchRecords = 200;
const batchChars = 4_000_000;

/** So many of the ids that were left are named. */
const namedIds = 20;

/** Where somebody else writes meanwhile, what they wrote is fetched too; so often. */
const maxRounds = 3;

/**
 * Copies all records of a store into another, with their versions, then reads both and compares them by count and by hash. Nothing notes how far it
 * is: both stores list in the same order, so one walk through both tells what is missing, and a copy that was killed goes on there
 * when it is run again. It deletes nothing.
 * @throws conflict.records_changing when others change the source faster than it is copied, and what the stores throw
 */
export async function copyRecords(wish: CopyWish, context: RecipeContext): Promise<CopiedCollection[]> {
  const collections = await wish.source.listCollections();
  const total = new Map<string, CopiedCollection>();
  for (let round = 1; ; round += 1) {
    const copied = await runStep(context, 'copy', (stage) => copyAll(wish, collections, stage), {
      detail: (all) => `${sumOf(all, 'writtenCount')} records ${wish.isDryRun ? 'to write' : 'written'}`,
    });
    for (const each of copied) {
      // What was written in a round before is the same in this one.
      const writtenCount = (total.get(each.collection)?.writtenCount ?? 0) + each.writtenCount;
      const sameCount = each.sameCount - (writtenCount - each.writtenCount);
      total.set(each.collection, { ...each, writtenCount, sameCount: Math.max(0, sameCount) });
    }
    if (wish.isDryRun) return [...total.values()];
    const checked = await runStep(context, 'verify', (stage) => verifyAll(wish, collections, stage), {
      detail: (all) => `${all.reduce((sum, { count }) => sum + count, 0)} records are the same`,
    });
    if (checked.every(({ isSame }) => isSame)) {
      return checked.map(({ collection, sha256 }) => ({
        ...(total.get(collection) as CopiedCollection),
        sha256,
      }));
    }
    if (round < maxRounds) continue;
    throw new PatternPivotError(
      'conflict.records_changing',
      'Records changed while they were copied, again and again.',
      {
        retryable: true,
        hint: 'Run it again when nothing else works with the library.',
        context: { collections: checked.filter(({ isSame }) => !isSame).map(({ collection }) => collection) },
      },
    );
  }
}

function sumOf(all: readonly CopiedCollection[], name: 'writtenCount' | 'keptCount'): number {
  return all.reduce((sum, each) => sum + each[name], 0);
}

async function copyAll(
  wish: CopyWish,
  collections: readonly string[],
  { signal, report }: StageContext,
): Promise<CopiedCollection[]> {
  const all: CopiedCollection[] = [];
  let done = 0;
  const onDone = (count: number) => {
    done += count;
    report({ done, total: undefined, unit: 'records' });
  };
  for (const collection of collections) all.push(await copyCollection(wish, collection, signal, onDone));
  return all;
}

async function copyCollection(
  { source, target, mayOverwrite, isDryRun }: CopyWish,
  collection: string,
  signal: AbortSignal,
  onDone: (count: number) => void,
): Promise<CopiedCollection> {
  const counts = { writtenCount: 0, sameCount: 0, keptCount: 0, tooLargeCount: 0, extraCount: 0 };
  const leftIds: string[] = [];
  const leave = (id: string, why: 'keptCount' | 'tooLargeCount') => {
    counts[why] += 1;
    if (leftIds.length < namedIds) leftIds.push(id);
  };
  const replacing: Replacing = mayOverwrite ? 'anything' : 'older';
  let batch: StoredRecord[] = [];
  let chars = 0;
  const flush = async () => {
    const records = batch;
    [batch, chars] = [[], 0];
    if (records.length === 0) return;
    // Somebody may have written to the target since it was looked at: it decides for each record.
    const outcomes = isDryRun
      ? records.map(() => 'written' as const)
      : await target.restore(collection, records, replacing);
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome === 'written') counts.writtenCount += 1;
      else if (outcome === 'same') counts.sameCount += 1;
      else leave(records[index]?.id ?? '', 'keptCount');
    }
  };
  for await (const pair of compareCollection(source, target, collection, signal)) {
    const fate = judge(pair, { maxValueBytes: target.maxValueBytes, mayOverwrite });
    if (pair.source !== undefined) onDone(1);
    if (fate === 'extra') counts.extraCount += 1;
    else if (fate === 'same') counts.sameCount += 1;
    else if (fate !== 'wanted') leave(pair.source?.id ?? '', fate === 'kept' ? 'keptCount' : 'tooLargeCount');
    else if (pair.source !== undefined) {
      batch.push(pair.source);
      chars += recordLine(pair.source).length;
      if (batch.length >= batchRecords || chars >= batchChars) await flush();
    }
  }
  await flush();
  return { collection, ...counts, leftIds };
}

type Fate = 'wanted' | 'same' | 'kept' | 'tooLarge' | 'extra';

/** What is to become of a pair. */
function judge(
  { source, target }: RecordPair,
  rules: { readonly maxValueBytes: number; readonly mayOverwrite: boolean },
): Fate {
  if (source === undefined) return 'extra';
  if (target !== undefined && recordLine(source) === recordLine(target)) return 'same';
  if (Buffer.byteLength(JSON.stringify(source.value)) > rules.maxValueBytes) return 'tooLarge';
  if (target !== undefined && target.version >= source.version && !rules.mayOverwrite) return 'kept';
  return 'wanted';
}

type Verified = {
  readonly collection: string;
  readonly isSame: boolean;
  readonly count: number;
  readonly sha256: string;
};

async function verifyAll(
  { source, target, mayOverwrite }: CopyWish,
  collections: readonly string[],
  { signal, report }: StageContext,
): Promise<Verified[]> {
  const all: Verified[] = [];
  const rules = { maxValueBytes: target.maxValueBytes, mayOverwrite };
  let done = 0;
  for (const collection of collections) {
    const sides = { source: createHash('sha256'), target: createHash('sha256') };
    const counts = { source: 0, target: 0 };
    for await (const pair of compareCollection(source, target, collection, signal)) {
      if (pair.source !== undefined) report({ done: (done += 1), total: undefined, unit: 'records' });
      const fate = judge(pair, rules);
      if (fate !== 'same' && fate !== 'wanted') continue;
      for (const side of ['source', 'target'] as const) {
        const record = pair[side];
        if (record === undefined) continue;
        counts[side] += 1;
        sides[side].update(recordLine(record));
      }
    }
    const sha256 = sides.target.digest('hex');
    const isSame = counts.source === counts.target && sides.source.digest('hex') === sha256;
    all.push({ collection, isSame, count: counts.target, sha256 });
  }
  return all;
}
