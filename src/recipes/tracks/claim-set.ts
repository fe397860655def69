import { randomUUID } from 'node:crypto';
import {
  batchCollection,
  batchIdOf,
  batchSchema,
  type Batch,
  type BatchWay,
  type PickStrategy,
} from '../../domain/batch.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Records, StoredRecord } from '../../ports/records.ts';

/** A set that may be taken, and why it. */
export type ProposedSet = { readonly assetIds: readonly string[]; readonly why: string };

/** A set that is ours, and which version of its record says so. */
export type Claim = { readonly batch: Batch; readonly version: number };

/** Who takes it. */
export type ClaimRequest = { readonly strategy: PickStrategy; readonly seed: number; readonly now: Date };

/** So many sets are looked up at once at first, and at most: most often the first is free, and some stores read one by one. */
const firstLookUp = 2;
const mostLookedUp = 128;

/** So many places are looked up at once on the way to the first that is free. */
const placesAtOnce = 12;

/** What nobody finished is free again after so long: a killed run must not cost a set for ever. In ms. */
const claimLastsMs = 24 * 60 * 60 * 1000;

/**
 * Takes the first of the proposed sets that was never used together. Of any number of processes, on any store, each gets another one: the
 * record of a set is made only where there is none, which the store decides. @returns undefined when all were used
 */
export async function claimSet(
  records: Records,
  proposed: Iterable<ProposedSet>,
  request: ClaimRequest,
  signal: AbortSignal,
): Promise<Claim | undefined> {
  for (const page of inGrowingPages(proposed)) {
    signal.throwIfAborted();
    const ids = [...new Set(page.map(({ assetIds }) => batchIdOf(assetIds)))];
    const used = await records.getAll(batchCollection, ids);
    for (const set of page) {
      if (used.has(batchIdOf(set.assetIds))) continue;
      const claim = await tryClaim(records, set, request);
      if (claim !== undefined) return claim;
    }
  }
  return undefined;
}

async function tryClaim(
  records: Records,
  { assetIds, why }: ProposedSet,
  { strategy, seed, now }: ClaimRequest,
): Promise<Claim | undefined> {
  const batch: Batch = {
    version: 1,
    id: batchIdOf(assetIds),
    assetIds: assetIds.toSorted(),
    state: 'claimed',
    strategy,
    seed,
    why: why.slice(0, 500),
    claimedAt: now.toISOString(),
    claim: randomUUID(),
  };
  const expiresAt = new Date(now.getTime() + claimLastsMs).toISOString();
  try {
    const stored = await records.put(batchCollection, batch.id, batchSchema.parse(batch), {
      ifVersion: 0,
      expiresAt,
    });
    return { batch, version: stored.version };
  } catch (error) {
    if (isBeaten(error)) return undefined;
    throw error;
  }
}

/** Writes down for good that a set was used. @throws conflict.batch_taken when it was given to somebody else meanwhile */
export async function finishClaim(
  records: Records,
  claim: Claim,
  made: { readonly way: BatchWay; readonly queueItemId: string; readonly now: Date },
): Promise<Batch> {
  const { way, queueItemId, now } = made;
  const { batch } = claim;
  const finished: Batch = { ...batch, state: 'finished', way, queueItemId, finishedAt: now.toISOString() };
  const isOurs = await ifStillOurs(records, claim, () =>
    records.put(batchCollection, batch.id, batchSchema.parse(finished), { ifVersion: claim.version }),
  );
  if (isOurs) return finished;
  throw new PatternPivotError(
    'conflict.batch_taken',
    'Making this batch took so long that its set was given to another run.',
    { hint: 'Run it again: it gets another set.', context: { batchId: batch.id } },
  );
}

/** Gives a set back that nothing came of. Whoever has it by now keeps it. */
export async function releaseClaim(records: Records, claim: Claim): Promise<void> {
  await ifStillOurs(records, claim, () =>
    records.delete(batchCollection, claim.batch.id, { ifVersion: claim.version }),
  );
}

/** A record that expired and was made anew counts its versions from 1 again: what it says tells whose it is. */
async function ifStillOurs(
  records: Records,
  { batch, version }: Claim,
  change: () => Promise<unknown>,
): Promise<boolean> {
  const stored = await records.get(batchCollection, batch.id);
  const there = batchSchema.safeParse(stored?.value);
  if (stored?.version !== version || !there.success || there.data.claim !== batch.claim) return false;
  try {
    await change();
    return true;
  } catch (error) {
    if (isBeaten(error)) return false;
    throw error;
  }
}

/**
 * A place of shuffled sets from which on to look. Runs of one seed use them up from the beginning, so the first that is free is found in a
 * few look-ups, by doubling and then by narrowing down; where holes mislead it, a free set is passed over and comes at the end.
 */
export async function findFreePlace(
  records: Records,
  total: bigint,
  idsAt: (place: bigint) => readonly string[],
): Promise<bigint> {
  const firstFree = async (places: readonly bigint[]) => {
    const ids = places.map((place) => batchIdOf(idsAt(place)));
    const used = await records.getAll(batchCollection, ids);
    return ids.findIndex((id) => !used.has(id));
  };
  const doubling = [0n];
  for (let place = 1n; place < total && doubling.length < mostLookedUp; place *= 2n) doubling.push(place);
  const found = await firstFree(doubling);
  if (found <= 0) return 0n;
  let usedPlace = doubling[found - 1]!;
  let freePlace = doubling[found]!;
  while (freePlace - usedPlace > 1n) {
    const between = freePlace - usedPlace;
    const steps = between < BigInt(placesAtOnce) ? between : BigInt(placesAtOnce);
    const places: bigint[] = [];
    for (let step = 1n; step <= steps; step++) places.push(usedPlace + (between * step) / steps);
    const index = await firstFree(places);
    // Somebody took it meanwhile.
    if (index === -1) return freePlace + 1n < total ? freePlace + 1n : 0n;
    freePlace = places[index]!;
    usedPlace = index === 0 ? usedPlace : places[index - 1]!;
  }
  return freePlace;
}

/** How often each source was used, finished or not, by its id. Page by page: only the counts are kept. */
export async function countUses(records: Records, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const uses = new Map<string, number>();
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await records.list(batchCollection, { after, limit: 1000 });
    for (const { assetIds } of page.records.flatMap(readBatch))
      for (const id of assetIds) uses.set(id, (uses.get(id) ?? 0) + 1);
    after = page.next;
  } while (after !== undefined);
  return uses;
}

/** What cannot be read was written by another version: its set counts as used all the same. */
function readBatch({ value }: StoredRecord): Batch[] {
  const parsed = batchSchema.safeParse(value);
  return parsed.success ? [parsed.data] : [];
}

function isBeaten(error: unknown): boolean {
  return error instanceof PatternPivotError && error.code === 'conflict.record_changed';
}

function* inGrowingPages<T>(items: Iterable<T>): Generator<T[]> {
  let page: T[] = [];
  let size = firstLookUp;
  for (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
    size = Math.min(mostLookedUp, 2 * size);
  }
  if (page.length > 0) yield page;
}
