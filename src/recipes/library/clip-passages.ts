import { PatternPivotError } from '../../domain/errors.ts';
import type { Passage } from '../../domain/library.ts';
import { makeBatch } from '../batch.ts';
import { runStep, type RecipeContext, type SourceResult } from '../events.ts';
import type { MakeOptions, MakePorts } from '../make-request.ts';
import { readAsset, readAssetTranscript } from './assets.ts';
import type { Library } from './library.ts';
import { locateAsset, type LocatePorts } from './locate.ts';

/** What became of the sources whose passages were cut, and the exit code that says the worst of it. */
export type ClippedPassages = { readonly results: readonly SourceResult[]; readonly exitCode: number };

/**
 * Cuts passages as clips, each source into a folder of its own as `make` does: at whole words, with the words that the library holds. What is
 * a transcript without media is left out with a note, unless there is nothing else.
 * @throws input.no_media, not_found.media, not_found.asset, and what `make` throws
 */
export async function clipPassages(
  library: Library,
  passages: readonly Passage[],
  options: Omit<MakeOptions, 'at' | 'transcript' | 'range'>,
  ports: MakePorts & LocatePorts,
  context: RecipeContext,
): Promise<ClippedPassages> {
  const results: SourceResult[] = [];
  let exitCode = 0;
  const refused: PatternPivotError[] = [];
  for (const [assetId, own] of Map.groupBy(passages, (passage) => passage.assetId)) {
    const asset = await readAsset(library, assetId);
    if (asset === undefined) continue;
    let path: string;
    try {
      ({ path } = await runStep(context, 'read', (step) => locateAsset(library, asset, ports, step)));
    } catch (error) {
      const isMissing =
        error instanceof PatternPivotError && ['input.no_media', 'not_found.media'].includes(error.code);
      if (!isMissing) throw error;
      refused.push(error);
      continue;
    }
    const transcript = await readAssetTranscript(library, asset);
    const at = own
      .map(({ startMs, endMs }) => ({ startMs, endMs }))
      .toSorted((one, other) => one.startMs - other.startMs);
    const made = await makeBatch([[path]], { ...options, at, transcript }, ports, context);
    results.push(...made.results);
    exitCode = Math.max(exitCode, made.exitCode);
  }
  if (results.length === 0 && refused[0] !== undefined) throw refused[0];
  for (const { message: text } of refused) context.emit({ event: 'note', text });
  return { results, exitCode };
}
