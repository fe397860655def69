import type { LibraryAsset } from '../../domain/library.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { chunkTranscript } from '../../stages/chunk/chunk.ts';
import { embedChunks } from '../../stages/embed/embed-chunks.ts';
import type { StageCache, StageContext } from '../../stages/stage.ts';
import { readAssetTranscript } from '../library/assets.ts';
import type { Library } from '../library/library.ts';

/** So many passages of a recording, evenly spread, tell what it is about. */
const passagesRead = 16;

/** What each asset is about: the mean of what some of its passages mean, of unit length. Cached passage by passage. */
export async function readMeanings(
  library: Pick<Library, 'transcripts' | 'chunking'>,
  assets: readonly LibraryAsset[],
  ports: { readonly embedder: Embedder; readonly cache: StageCache },
  context: StageContext,
): Promise<Float32Array[]> {
  const quiet = { ...context, report: () => {} };
  await ports.embedder.prepare?.(context);
  const meanings: Float32Array[] = [];
  for (const asset of assets) {
    context.signal.throwIfAborted();
    context.report({ done: meanings.length, total: assets.length, unit: 'recordings' });
    const transcript = await readAssetTranscript(library, asset);
    const chunks = await chunkTranscript(transcript, asset.id, library.chunking);
    const sum = new Float32Array(ports.embedder.dimensions);
    for await (const embedded of embedChunks(spread(chunks, passagesRead), ports, quiet))
      for (const { vector } of embedded) for (const [at, value] of vector.entries()) sum[at]! += value;
    const length = Math.hypot(...sum);
    meanings.push(length === 0 ? sum : sum.map((value) => value / length));
  }
  return meanings;
}

/** Some of many, from the first to the last. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, at) => items[Math.floor((at * items.length) / count)]!);
}
