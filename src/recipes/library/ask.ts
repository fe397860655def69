import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { Passage } from '../../domain/library.ts';
import type { Chat } from '../../ports/chat.ts';
import { answerFromPassages } from '../../stages/search/answer.ts';
import type { Claim, StruckClaim } from '../../stages/search/check-claims.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { CorpusPorts } from './corpora.ts';
import { findPassages, type FindRequest } from './find.ts';
import type { Library } from './library.ts';

/** What is asked, and of what. */
export type AskRequest = Omit<FindRequest, 'query' | 'by'> & { readonly question: string };

/** An answer with its receipts, or the best passages where there is none. */
export type Answer = {
  /** `answered`: claims, each with passages that bear it out. `passages`: nobody answered; these are what was found. */
  readonly status: 'answered' | 'passages';
  readonly question: string;
  readonly claims: readonly Claim[];
  /** What the model said and the passages do not bear out. */
  readonly struck: readonly StruckClaim[];
  /** Numbered from 1 by their order: claims name them so. */
  readonly passages: readonly Passage[];
  /** The model that answered; left out where none did. */
  readonly model?: string;
  readonly notes: readonly string[];
};

/**
 * Answers a question from a library: a chat model reads the best passages, and what it says counts as far as they bear it out. Without a
 * model, or when it fails, the passages themselves are the answer, and a note says why.
 * @throws what {@link findPassages} throws
 */
export async function askLibrary(
  library: Library,
  { question, ...scope }: AskRequest,
  ports: CorpusPorts & { readonly chat?: Chat },
  context: RecipeContext,
): Promise<Answer> {
  const { chat } = ports;
  const notes: string[] = [];
  let passages: readonly Passage[] = [];
  const find = async (query: string) => {
    const found = await findPassages(library, { ...scope, query }, ports, context);
    notes.push(...found.notes);
    passages = found.passages;
    return passages;
  };
  const onlyPassages = (...why: string[]): Answer => {
    return { status: 'passages', question, claims: [], struck: [], passages, notes: [...notes, ...why] };
  };
  await find(question);
  if (passages.length === 0) return onlyPassages();
  if (chat === undefined) {
    return onlyPassages(
      'No chat model is set (chat.model), so nobody answers: these are the passages that come nearest.',
    );
  }
  try {
    const answer = await runStep(context, 'ask', (step) =>
      answerFromPassages(question, async () => passages, { chat, cache: ports.cache }, step),
    );
    const { claims, struck } = answer;
    if (claims.length > 0) {
      return { status: 'answered', question, claims, struck, passages, model: chat.model, notes };
    }
    const why =
      struck.length === 0
        ? `${chat.model} finds no answer in these passages.`
        : `Nothing that ${chat.model} said is borne out by the passages: these are what it was shown.`;
    return { ...onlyPassages(why), struck };
  } catch (error) {
    context.signal.throwIfAborted();
    if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
    return onlyPassages(`${chat.model} gave no answer, so these are the passages: ${error.message}`);
  }
}
