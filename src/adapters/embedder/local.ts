import { PatternPivotError } from '../../domain/errors.ts';
import { openSentenceModel, type SentenceModel } from '../../inference/sentence-model.ts';
import type { Embedder, PrepareContext } from '../../ports/embedder.ts';
import { examineModelFolder } from './model-folder.ts';

/** Which model runs on this machine, and how its folder comes to be. */
export type LocalEmbedderOptions = {
  /** Names the model and its precision, for caches and indexes. */
  readonly model: string;
  readonly isQuantised: boolean;
  /** How long its vectors are, where that is known beforehand. */
  readonly dimensions?: number;
  /** Put before what is searched with, and before nothing else. */
  readonly queryPrompt?: string;
  /** The folder of its files: fetches what is missing. */
  fetchFolder(context: PrepareContext): Promise<string>;
};

/** A sentence model in a folder of this machine, run by transformers.js: by the first token or the mean, at unit length. */
export function createLocalEmbedder(options: LocalEmbedderOptions): Embedder {
  let dimensions = options.dimensions;
  let opening: Promise<SentenceModel> | undefined;

  const open = async (context: PrepareContext): Promise<SentenceModel> => {
    const folder = await options.fetchFolder(context);
    const found = await examineModelFolder(folder, options);
    if (options.dimensions !== undefined && options.dimensions !== found.dimensions) {
      throw new PatternPivotError(
        'conflict.dimensions',
        `The model in ${folder} gives vectors of ${found.dimensions} numbers, not of ${options.dimensions}.`,
        { hint: 'Set embedder.model to what it is, or leave embedder.dimensions out.', context: { folder } },
      );
    }
    dimensions = found.dimensions;
    return openSentenceModel(found.files);
  };
  const opened = (context: PrepareContext): Promise<SentenceModel> => {
    opening ??= open(context).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const quietly = (signal: AbortSignal | undefined): PrepareContext => ({
    signal: signal ?? new AbortController().signal,
    report: () => {},
  });
  const embed = async (texts: readonly string[], signal: AbortSignal | undefined) => {
    const model = await opened(quietly(signal));
    return model.embed(texts, signal);
  };

  return {
    model: options.model,
    get dimensions() {
      if (dimensions !== undefined) return dimensions;
      throw new PatternPivotError(
        'conflict.dimensions_unknown',
        `How long the vectors of ${options.model} are is not known before it is there.`,
      );
    },
    async prepare(context) {
      await opened(context);
    },
    embed: (texts, { signal }) => embed(texts, signal),
    async embedQuery(text, { signal }) {
      const [vector] = await embed([`${options.queryPrompt ?? ''}${text}`], signal);
      return vector!;
    },
    async close() {
      const model = await opening?.catch(() => undefined);
      await model?.close();
    },
  };
}
