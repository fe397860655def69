import type { BatchWay, PickStrategy } from '../../domain/batch.ts';
import { batchCollection } from '../../domain/batch.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { AssetSelection, LibraryAsset } from '../../domain/library.ts';
import type { Chat } from '../../ports/chat.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { createDice } from '../../stages/compose/dice.ts';
import { askForSets } from '../../stages/tracks/ask-sets.ts';
import { alikeSets, bestSets } from '../../stages/tracks/best-sets.ts';
import { shuffleSets } from '../../stages/tracks/shuffled-sets.ts';
import type { StageCache, StageContext } from '../../stages/stage.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readAssetTranscript } from '../library/assets.ts';
import type { Library } from '../library/library.ts';
import { claimSet, countUses, findFreePlace, type Claim, type ProposedSet } from './claim-set.ts';
import { readMeanings } from './meanings.ts';
import { gatherPool, readViewsPerDay, type Pool } from './pool.ts';

/** What is asked for. */
export type PickRequest = {
  readonly size: number;
  readonly strategy: PickStrategy;
  readonly seed: number;
  readonly way: BatchWay;
  readonly selection: AssetSelection;
  /** The ids of recordings that cannot be used. */
  readonly leftOut?: ReadonlySet<string>;
};

/** What picking needs from the world. `openEmbedder` is only asked by likeness, the chat only by a model. */
export type PickPorts = {
  readonly cache: StageCache;
  readonly chat?: Chat;
  openEmbedder(): Promise<Embedder>;
};

/** A set that is ours until it is finished or given back. */
export type PickedSet = {
  readonly claim: Claim;
  readonly assets: readonly LibraryAsset[];
  /** The ids of those of them that are the user's own. */
  readonly ownIds: ReadonlySet<string>;
};

/** Each time that a source was used makes it count so much less: else the best would come again and again. */
const usedFactor = 0.8;
const usedLikeness = 0.05;

/** Likeness compares each with each: more than so many are thinned out, by chance. */
const mostCompared = 1000;

/** A model is shown so many recordings, and told of so many sets that were used. */
const mostShown = 60;
const mostToldUsed = 30;

/** Somebody else may use up all that a model proposes; it is asked so often. */
const timesAsked = 2;

/**
 * Picks sources that were never used together before, and takes them: nobody else, on whatever machine, gets the same set.
 * @throws not_found.sources, not_found.statistics, input.no_chat, conflict.sets_used_up, provider.*
 */
export async function pickSet(
  library: Library,
  request: PickRequest,
  ports: PickPorts,
  context: RecipeContext,
): Promise<PickedSet> {
  if (!library.isWritable) {
    throw new PatternPivotError('input.not_writable', `The library can only be read: ${library.folder}`, {
      hint: 'A batch notes there which sources it used. Make it writable, or name another with --library.',
    });
  }
  return runStep(
    context,
    'choose',
    async (step) => {
      const pool = await gatherPool(library.records, request);
      const claim = await claimBy(request.strategy, library, pool, request, ports, context, step);
      if (claim === undefined) throw usedUp(pool, request);
      const assets = claim.batch.assetIds.map((id) => pool.assets.find((asset) => asset.id === id)!);
      return { claim, assets, ownIds: pool.ownIds };
    },
    { detail: ({ assets }) => assets.map(({ title }) => title).join(', ') },
  );
}

function usedUp({ assets }: Pool, { size }: PickRequest): PatternPivotError {
  return new PatternPivotError(
    'conflict.sets_used_up',
    `Every set of ${size} of these ${assets.length} recordings was used before.`,
    { hint: 'Add more recordings, or choose another --size.', context: { size, sources: assets.length } },
  );
}

async function claimBy(
  strategy: PickStrategy,
  library: Library,
  pool: Pool,
  request: PickRequest,
  ports: PickPorts,
  context: RecipeContext,
  step: StageContext,
): Promise<Claim | undefined> {
  const { records } = library;
  const { signal } = step;
  const take = (sets: Iterable<ProposedSet>) =>
    claimSet(records, sets, { strategy, seed: request.seed, now: new Date() }, signal);
  if (strategy === 'shuffled') return take(await shuffled(library, pool, request));
  const uses = await countUses(records, signal);
  if (strategy === 'statistics') return take(await byStatistics(library, pool, request, uses, signal));
  if (strategy === 'similarity') return take(await byLikeness(library, pool, request, uses, ports, step));
  return claimByModel(library, pool, request, ports, context, step, take);
}

async function shuffled(
  { records }: Library,
  { assets }: Pool,
  { size, seed }: PickRequest,
): Promise<Iterable<ProposedSet>> {
  const { total, at } = shuffleSets(assets.length, size, seed);
  const idsAt = (place: bigint) => at(place).map((index) => assets[index]!.id);
  const start = await findFreePlace(records, total, idsAt);
  return {
    *[Symbol.iterator]() {
      for (let offset = 0n; offset < total; offset++)
        yield { assetIds: idsAt((start + offset) % total), why: `By chance, with the seed ${seed}.` };
    },
  };
}

async function byStatistics(
  { records }: Library,
  { assets }: Pool,
  { size }: PickRequest,
  uses: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<Iterable<ProposedSet>> {
  const perDay = await readViewsPerDay(records, signal);
  if (!assets.some(({ id }) => perDay.has(id))) {
    throw new PatternPivotError('not_found.statistics', 'Nothing is known of how these recordings fare.', {
      hint: 'Sync the channel and match its originals: pivot sync @channel, then pivot originals <folder> --add',
    });
  }
  // Ten times the views are not ten times as good.
  const scores = assets.map(({ id }) => Math.log1p(perDay.get(id) ?? 0) * usedFactor ** (uses.get(id) ?? 0));
  return mapSets(bestSets(scores, size), assets, ({ indices }) => {
    const views = indices.map((index) => Math.round(perDay.get(assets[index]!.id) ?? 0));
    return `By their views a day: ${views.join(', ')}.`;
  });
}

async function byLikeness(
  library: Library,
  pool: Pool,
  { size, seed }: PickRequest,
  uses: ReadonlyMap<string, number>,
  ports: PickPorts,
  step: StageContext,
): Promise<Iterable<ProposedSet>> {
  const assets = someOf(pool.assets, mostCompared, seed);
  const embedder = await ports.openEmbedder();
  const meanings = await readMeanings(library, assets, { embedder, cache: ports.cache }, step);
  const tired = assets.map(({ id }) => usedLikeness * (uses.get(id) ?? 0));
  const likeness = (one: number, other: number) => {
    const a = meanings[one]!;
    const b = meanings[other]!;
    return a.reduce((sum, value, at) => sum + value * b[at]!, 0) - tired[one]! - tired[other]!;
  };
  return mapSets(
    alikeSets(assets.length, size, likeness),
    assets,
    () => 'They speak of things that are alike.',
  );
}

async function claimByModel(
  library: Library,
  pool: Pool,
  request: PickRequest,
  { chat }: PickPorts,
  context: RecipeContext,
  step: StageContext,
  take: (sets: Iterable<ProposedSet>) => Promise<Claim | undefined>,
): Promise<Claim | undefined> {
  if (chat === undefined) {
    throw new PatternPivotError('input.no_chat', 'No language model is configured.', {
      hint: 'Set chat.model (docs/configuration.md), or choose with --pick shuffled.',
    });
  }
  const assets = someOf(pool.assets, mostShown, request.seed);
  const shown = [];
  for (const asset of assets) {
    const transcript = await readAssetTranscript(library, asset);
    const words = transcript.words
      .slice(0, 60)
      .map(({ text }) => text)
      .join(' ');
    shown.push({ title: asset.title, durationMs: asset.durationMs, tags: asset.tags, words });
  }
  for (let asked = 0; asked < timesAsked; asked++) {
    const used = await usedAmong(library, assets, request.size);
    const sets = await askForSets(shown, { size: request.size, used }, chat, step.signal);
    const claim = await take(
      sets.map(({ indices, why }) => ({ assetIds: indices.map((index) => assets[index]!.id), why })),
    );
    if (claim !== undefined) return claim;
  }
  context.emit({
    event: 'note',
    text: 'The language model proposed no set that was free: this one was picked by chance.',
  });
  return take(await shuffled(library, pool, request));
}

/** The last sets of that size that were used among these, by their places. */
async function usedAmong(
  { records }: Library,
  assets: readonly LibraryAsset[],
  size: number,
): Promise<number[][]> {
  const places = new Map(assets.map(({ id }, index) => [id, index]));
  const used: number[][] = [];
  let after: string | undefined;
  do {
    const page = await records.list(batchCollection, { after, limit: 1000 });
    for (const { value } of page.records) {
      const { assetIds = [] } = value as { readonly assetIds?: readonly string[] };
      const own = assetIds.map((id) => places.get(id) ?? -1);
      if (own.length === size && !own.includes(-1) && used.length < mostToldUsed) used.push(own);
    }
    after = page.next;
  } while (after !== undefined && used.length < mostToldUsed);
  return used;
}

function mapSets<T extends { readonly indices: readonly number[] }>(
  sets: Iterable<T>,
  assets: readonly LibraryAsset[],
  whyOf: (set: T) => string,
): Iterable<ProposedSet> {
  return {
    *[Symbol.iterator]() {
      for (const set of sets)
        yield { assetIds: set.indices.map((index) => assets[index]!.id), why: whyOf(set) };
    },
  };
}

/** All, or so many of them by chance, in their order. */
function someOf(assets: readonly LibraryAsset[], count: number, seed: number): readonly LibraryAsset[] {
  if (assets.length <= count) return assets;
  const dice = createDice(seed, 'some');
  const kept = new Set(
    assets
      .map(({ id }) => ({ id, by: dice.roll() }))
      .toSorted((a, b) => a.by - b.by)
      .slice(0, count)
      .map(({ id }) => id),
  );
  return assets.filter(({ id }) => kept.has(id));
}
