import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from '../ports/blobs.ts';
import type { BlobEntry, IndexDatabase } from './index-database.ts';
import { readBlobStage } from './stage-cache.ts';

/** What is to be removed from the cache. */
export type CleanOptions = {
  /** What was not used for longest goes, until the rest fits. 0 removes everything. */
  readonly maxBytes: number;
  /** Says what would go, and removes nothing. */
  readonly isDryRun: boolean;
};

/** What a cleaning removed, or would have, and what stays. */
export type CleanResult = {
  readonly removedCount: number;
  readonly removedBytes: number;
  readonly keptCount: number;
  readonly keptBytes: number;
  /** Bytes by stage before the cleaning, the largest first. */
  readonly bytesByStage: readonly { readonly stage: string; readonly bytes: number }[];
};

/** A blob larger than this is a film and says nothing of itself: it need not be read to rebuild the index. In bytes. */
const maxRecordBytes = 64_000_000;

/** Makes the index say what the blobs say. The blobs are the record: what only the index knows is gone. */
export async function rebuildIndex(blobs: Blobs, index: IndexDatabase): Promise<BlobEntry[]> {
  const known = new Map(index.listBlobs().map((entry) => [entry.key, entry]));
  const entries: BlobEntry[] = [];
  for await (const { key, sizeBytes, usedAtMs } of blobs.list()) {
    const before = known.get(key);
    known.delete(key);
    const stage =
      before !== undefined && before.sizeBytes === sizeBytes
        ? before.stage
        : await readStage(blobs, key, sizeBytes);
    const entry = { key, stage, sizeBytes, usedAtMs };
    entries.push(entry);
    if (before?.stage !== stage || before.usedAtMs !== usedAtMs || before.sizeBytes !== sizeBytes)
      index.putBlob(entry);
  }
  for (const key of known.keys()) index.deleteBlob(key);
  return entries;
}

async function readStage(blobs: Blobs, key: string, sizeBytes: number): Promise<string> {
  if (sizeBytes > maxRecordBytes) return 'file';
  const bytes = await blobs.read(key);
  return (bytes === undefined ? undefined : readBlobStage(bytes)) ?? 'file';
}

/** What lies in the folder of fetched media, an entry an address: files that can be fetched again. */
async function listDownloads(folder: string): Promise<BlobEntry[]> {
  const entries: BlobEntry[] = [];
  for (const key of await readdir(folder).catch(() => [])) {
    let sizeBytes = 0;
    let usedAtMs = 0;
    for (const name of await readdir(join(folder, key)).catch(() => [])) {
      const found = await stat(join(folder, key, name)).catch(() => undefined);
      sizeBytes += found?.size ?? 0;
      usedAtMs = Math.max(usedAtMs, found?.atimeMs ?? 0, found?.mtimeMs ?? 0);
    }
    entries.push({ key, stage: downloadStage, sizeBytes, usedAtMs });
  }
  return entries;
}

/** What fetched media are called among the stages. */
const downloadStage = 'fetched media';

/** Removes from the cache, and from the media that were fetched, what was not used for longest. */
export async function cleanCache(
  blobs: Blobs,
  index: IndexDatabase,
  downloadsFolder: string,
  { maxBytes, isDryRun }: CleanOptions,
): Promise<CleanResult> {
  const known = [...(await rebuildIndex(blobs, index)), ...(await listDownloads(downloadsFolder))];
  const entries = known.toSorted((a, b) => a.usedAtMs - b.usedAtMs);
  let keptBytes = sumBytes(entries);
  const removed: BlobEntry[] = [];
  for (const entry of entries) {
    if (keptBytes <= maxBytes && maxBytes > 0) break;
    keptBytes -= entry.sizeBytes;
    removed.push(entry);
    if (isDryRun) continue;
    if (entry.stage === downloadStage) {
      await rm(join(downloadsFolder, entry.key), { recursive: true, force: true });
      continue;
    }
    await blobs.delete(entry.key);
    index.deleteBlob(entry.key);
  }
  return {
    removedCount: removed.length,
    removedBytes: sumBytes(removed),
    keptCount: entries.length - removed.length,
    keptBytes,
    bytesByStage: sumByStage(entries),
  };
}

function sumBytes(entries: readonly BlobEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
}

function sumByStage(entries: readonly BlobEntry[]): { stage: string; bytes: number }[] {
  const sums = new Map<string, number>();
  for (const { stage, sizeBytes } of entries) sums.set(stage, (sums.get(stage) ?? 0) + sizeBytes);
  return [...sums].map(([stage, bytes]) => ({ stage, bytes })).toSorted((a, b) => b.bytes - a.bytes);
}
