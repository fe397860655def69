import { PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset } from '../../domain/library.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { chunkingName, chunkTranscript } from '../../stages/chunk/chunk.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { listAssets, readTranscriptAt } from './assets.ts';
import type { Library } from './library.ts';

/** What the full text of an asset is made from: what has another stamp is made anew. */
export function stampOf(
  { transcriptKey }: Pick<LibraryAsset, 'transcriptKey'>,
  { chunking }: Pick<Library, 'chunking'>,
) {
  return `${chunkingName(chunking)}:${transcriptKey}`;
}

/** Cuts a transcript into chunks and writes them into the full text. @returns how many there are */
export async function indexTranscript(
  library: Pick<Library, 'fullText' | 'chunking'>,
  asset: LibraryAsset,
  transcript: Transcript,
): Promise<number> {
  const chunks = await chunkTranscript(transcript, asset.id, library.chunking);
  const write = () => library.fullText.write(asset.id, stampOf(asset, library), chunks);
  // An index that is found damaged is empty afterwards: this asset at least is written, the others when something is looked for.
  await write().catch((error: unknown) => {
    if (!isDamaged(error)) throw error;
    return write();
  });
  return chunks.length;
}

/**
 * Makes the full text say what the records say: what is missing in it, was cut in another way or was heard anew is written, what was
 * removed is taken out. Cheap where nothing changed. Every search begins with it.
 */
export async function bringFullTextUpToDate(library: Library, context: RecipeContext): Promise<void> {
  const written = await readWritten(library);
  const gone = new Set(written.keys());
  const wanted: LibraryAsset[] = [];
  for await (const asset of listAssets(library)) {
    gone.delete(asset.id);
    if (written.get(asset.id) !== stampOf(asset, library)) wanted.push(asset);
  }
  if (wanted.length === 0 && gone.size === 0) return;
  // What is added is indexed at once: an index that knows of nothing was lost.
  if (written.size === 0 && wanted.length > 1) {
    const text = 'The index of words is missing, or was damaged: it is made anew from the transcripts.';
    context.emit({ event: 'note', text });
  }
  try {
    await runStep(context, 'index', async ({ signal, report }) => {
      for (const assetId of gone) await library.fullText.remove(assetId);
      for (const [index, asset] of wanted.entries()) {
        signal.throwIfAborted();
        report({ done: index, total: wanted.length, unit: 'transcripts' });
        await indexStored(library, asset, context);
      }
    });
  } catch (error) {
    if (!(error instanceof PatternPivotError) || error.code !== 'input.not_writable') throw error;
    context.emit({
      event: 'note',
      text: 'The index of words is older than the library, and can only be read.',
    });
  }
}

/** The same for an index that turns out to be damaged at this moment: it is empty then. */
async function readWritten(library: Library): Promise<ReadonlyMap<string, string>> {
  try {
    return await library.fullText.listWritten();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return library.fullText.listWritten();
  }
}

/** One transcript that is gone must not keep the others from being found. */
async function indexStored(library: Library, asset: LibraryAsset, context: RecipeContext): Promise<void> {
  const transcript = await readTranscriptAt(library, asset.transcriptKey);
  if (transcript !== undefined) {
    await indexTranscript(library, asset, transcript);
    return;
  }
  const text = `The transcript of "${asset.title}" is gone or damaged. Add it again: pivot add ${JSON.stringify(asset.path)}`;
  context.emit({ event: 'note', text });
}

function isDamaged(error: unknown): boolean {
  return error instanceof PatternPivotError && error.code === 'conflict.index_damaged';
}
