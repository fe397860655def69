import { platformCollections } from '../../domain/platform.ts';
import type { Records } from '../../ports/records.ts';

/** How long what an owner allowed to keep may stay after the access has ended, in days: YouTube API Services Developer Policies, III.E.4. */
export const purgeWithinDays = 7;

const pageSize = 500;

/** A store elsewhere takes its time for each. */
const deletedAtOnce = 20;

/** Whose data there are, and how many records: by the id of the channel whose owner allowed to fetch them. */
export async function countOwnerRecords(
  records: Records,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const { owner } of listOwned(records, signal)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

/**
 * Deletes what was fetched with the authorisation of the owners of these channels. May be stopped, and goes on when it is run again.
 * `onDeleted` is told how many are gone. @returns how many there were
 */
export async function purgeOwnerRecords(
  records: Records,
  channelIds: ReadonlySet<string>,
  options: { readonly signal: AbortSignal; readonly onDeleted?: (count: number) => void },
): Promise<number> {
  let count = 0;
  let batch: Promise<boolean>[] = [];
  const finish = async () => {
    count += (await Promise.all(batch)).filter((wasThere) => wasThere).length;
    batch = [];
    options.onDeleted?.(count);
  };
  for await (const { collection, id, owner } of listOwned(records, options.signal)) {
    if (!channelIds.has(owner)) continue;
    batch.push(records.delete(collection, id));
    if (batch.length >= deletedAtOnce) await finish();
  }
  await finish();
  return count;
}

/** Every record of the platform's that an owner allowed to fetch, page by page. */
async function* listOwned(
  records: Records,
  signal: AbortSignal,
): AsyncGenerator<{ collection: string; id: string; owner: string }> {
  const known: readonly string[] = Object.values(platformCollections);
  for (const collection of await records.listCollections()) {
    if (!known.includes(collection) && !collection.startsWith('platform-')) continue;
    let after: string | undefined = '';
    while (after !== undefined) {
      signal.throwIfAborted();
      const page: Awaited<ReturnType<Records['list']>> = await records.list(collection, {
        after,
        limit: pageSize,
      });
      for (const { id, value } of page.records) {
        signal.throwIfAborted();
        const owner = ownerOf(value);
        if (owner !== undefined) yield { collection, id, owner };
      }
      after = page.next;
    }
  }
}

function ownerOf(value: unknown): string | undefined {
  const under = (value as { fetched?: { under?: unknown } } | null)?.fetched?.under;
  return typeof under === 'string' && under.startsWith('owner:') ? under.slice('owner:'.length) : undefined;
}
