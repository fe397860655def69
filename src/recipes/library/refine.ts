import { PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset } from '../../domain/library.ts';
import type { Chat } from '../../ports/chat.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { refine, type Refined } from '../../stages/refine/refine.ts';
import type { StageCache } from '../../stages/stage.ts';
import { runStep, type RecipeContext } from '../events.ts';
import {
  changeAsset,
  findAsset,
  forgetTranscripts,
  readAssetTranscript,
  readTranscriptAt,
  writeTranscript,
} from './assets.ts';
import type { Library } from './library.ts';
import { indexTranscript } from './rebuild.ts';

/** What a user may ask of `refine`. */
export type RefineRequest = { readonly glossary: readonly string[]; readonly rounds: number };

/** What it needs from the world. */
export type RefinePorts = {
  readonly chat?: Chat;
  readonly embedder: Embedder;
  readonly cache: StageCache;
};

/** The asset as it is now, and what was done. */
export type RefinedAsset = Omit<Refined, 'transcript'> & { readonly asset: LibraryAsset };

/**
 * Has a chat model correct the transcript of an asset. The library keeps the heard transcript beside the refined one, however often it is
 * refined, and finds by the refined words from then on.
 * @throws not_found.asset, input.no_chat, conflict.transcript_changed, provider.*
 */
export async function refineAsset(
  library: Library,
  named: string,
  request: RefineRequest,
  ports: RefinePorts,
  context: RecipeContext,
): Promise<RefinedAsset> {
  const { chat } = ports;
  if (chat === undefined) {
    throw new PatternPivotError('input.no_chat', 'Refining needs a chat model, and none is configured.', {
      hint: 'Name one, also a local one: PATTERNPIVOT_CHAT_MODEL=llama3 PATTERNPIVOT_CHAT_BASE_URL=http://localhost:11434/v1',
    });
  }
  const glossary = [...new Set(request.glossary.map((term) => term.trim()))].filter((term) => term !== '');
  const before = await findAsset(library, named);
  const transcript = await readAssetTranscript(library, before);
  const refined = await runStep(
    context,
    'refine',
    (step) => refine(transcript, { glossary, rounds: request.rounds }, { ...ports, chat }, step),
    {
      detail: ({ changes, refused }) =>
        `${changes.length === 1 ? '1 sentence' : `${changes.length} sentences`} corrected, ${refused.length} refused`,
    },
  );
  await ports.embedder.close();
  const { changes, refused, notes } = refined;
  if (changes.length === 0) return { asset: before, changes, refused, notes };
  const transcriptKey = await writeTranscript(library, refined.transcript);
  context.signal.throwIfAborted();
  const { asset } = await changeAsset(library, before.id, (there) => {
    assertUnchanged(there, before);
    return {
      ...there,
      transcriptKey,
      heardTranscriptKey: there.heardTranscriptKey ?? there.transcriptKey,
      wordCount: refined.transcript.words.length,
    };
  });
  await runStep(context, 'index', () => indexTranscript(library, asset, refined.transcript));
  // One that was refined before and is neither the heard one nor this one is nobody's any more.
  await forgetTranscripts(library, before);
  return { asset, changes, refused, notes };
}

/**
 * Puts the transcript back that was heard. @returns the asset as it is now
 * @throws not_found.asset, not_found.heard_transcript when it was never refined, conflict.transcript_changed
 */
export async function undoRefining(
  library: Library,
  named: string,
  context: RecipeContext,
): Promise<LibraryAsset> {
  const before = await findAsset(library, named);
  const key = before.heardTranscriptKey;
  const heard = key === undefined ? undefined : await readTranscriptAt(library, key);
  if (key === undefined || heard === undefined) {
    const why = key === undefined ? 'was never refined' : 'has lost the transcript that was heard';
    throw new PatternPivotError('not_found.heard_transcript', `"${before.title}" ${why}.`, {
      hint:
        key === undefined
          ? 'There is nothing to undo.'
          : `Hear it again: pivot add ${JSON.stringify(before.path)}`,
      context: { assetId: before.id },
    });
  }
  const { asset } = await changeAsset(library, before.id, (there) => {
    assertUnchanged(there, before);
    const { heardTranscriptKey: _, ...rest } = there;
    return { ...rest, transcriptKey: key, wordCount: heard.words.length };
  });
  await runStep(context, 'index', () => indexTranscript(library, asset, heard));
  await forgetTranscripts(library, before);
  return asset;
}

/** Another process may have heard, refined or removed it meanwhile: what it did stays. */
function assertUnchanged(
  there: LibraryAsset | undefined,
  before: LibraryAsset,
): asserts there is LibraryAsset {
  if (there?.transcriptKey === before.transcriptKey) return;
  throw new PatternPivotError(
    'conflict.transcript_changed',
    `The transcript of "${before.title}" was changed or removed meanwhile: nothing was written.`,
    { hint: 'Do it again, from what is there now.', context: { assetId: before.id } },
  );
}
