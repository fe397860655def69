import { basename, join } from 'node:path';
import { createCarriedEncoder } from '../adapters/embedder/carried.ts';
import { createLocalEmbedder } from '../adapters/embedder/local.ts';
import { examineModelFolder } from '../adapters/embedder/model-folder.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { Config } from './config.ts';
import { defaultLocalModel } from './embedder-config.ts';
import { fetchModel, type ModelSource } from './fetch-model.ts';
import type { MeterAt } from './meters.ts';

/** What is known of models: how long their vectors are, and what they want before a query. */
type KnownModel = { readonly dimensions: number; readonly queryPrompt?: string };

/**
 * By the last part of their names. UAE: https://huggingface.co/WhereIsAI/UAE-Large-V1 (its prompt for retrieval); ember: its card
 * names no prompt; OpenAI: https://platform.openai.com/docs/guides/embeddings.
 */
const knownModels: Readonly<Record<string, KnownModel>> = {
  'uae-large-v1': {
    dimensions: 1024,
    queryPrompt: 'Represent this sentence for searching relevant passages: ',
  },
  'ember-v1': { dimensions: 1024 },
  'text-embedding-3-small': { dimensions: 1536 },
  'text-embedding-3-large': { dimensions: 3072 },
  'text-embedding-ada-002': { dimensions: 1536 },
};

const openAiBaseUrl = 'https://api.openai.com/v1';

/** What an embedder is put together from. */
export type EmbedderParts = {
  readonly config: Pick<Config, 'embedder'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workspaceFolder: string;
  /** Counts what a model at an address uses; left out, nothing is counted. */
  readonly meterAt?: MeterAt | undefined;
};

/**
 * The embedder that is configured. Nothing is loaded, fetched or asked yet; a folder of the user's is looked at.
 * @throws not_found.model_folder, input.model_incomplete, input.model_unreadable, input.embedder_address_invalid
 */
export async function composeEmbedder(parts: EmbedderParts): Promise<Embedder> {
  const { kind } = parts.config.embedder;
  if (kind === 'carried') return createCarriedEncoder();
  if (kind === 'local') return composeLocal(parts);
  return composeHosted(parts, kind);
}

async function composeLocal({ config, workspaceFolder }: EmbedderParts): Promise<Embedder> {
  const { embedder } = config;
  const isQuantised = embedder.quantised;
  const model =
    embedder.model ?? (embedder.folder === undefined ? defaultLocalModel : basename(embedder.folder));
  const known = findKnown(model);
  const precision = isQuantised ? 'q8' : 'fp32';
  const queryPrompt = embedder.queryPrompt ?? known?.queryPrompt;
  const asked = embedder.dimensions;
  const common = { isQuantised, ...(queryPrompt === undefined ? {} : { queryPrompt }) };
  const { folder } = embedder;
  if (folder !== undefined) {
    // Whoever exports a model again has another one, under the same name: its index would not fit.
    const found = await examineModelFolder(folder, { isQuantised });
    return createLocalEmbedder({
      ...common,
      model: `${model}:${precision}:${found.fingerprint}`,
      dimensions: asked ?? found.dimensions,
      fetchFolder: async () => folder,
    });
  }
  const dimensions = asked ?? known?.dimensions;
  const source = modelSourceOf({ config, workspaceFolder });
  return createLocalEmbedder({
    ...common,
    model: `${model}:${precision}`,
    ...(dimensions === undefined ? {} : { dimensions }),
    fetchFolder: (context) => fetchModel(source, context),
  });
}

/** From where a local model without a folder of the user's comes, and where it goes. @throws input.model_invalid */
export function modelSourceOf({
  config,
  workspaceFolder,
}: Pick<EmbedderParts, 'config' | 'workspaceFolder'>): ModelSource {
  const { embedder } = config;
  const model = embedder.model ?? defaultLocalModel;
  if (!/^[\w.-]+\/[\w.-]+$/u.test(model) || model.includes('..')) {
    throw new PatternPivotError('input.model_invalid', `No hub has a model of the name ${model}.`, {
      hint: `Give owner and name, such as ${defaultLocalModel}, or set embedder.folder.`,
      context: { model },
    });
  }
  return {
    model,
    hub: embedder.hub,
    isQuantised: embedder.quantised,
    modelsFolder: join(workspaceFolder, 'models'),
  };
}

async function composeHosted(
  { config, env, meterAt }: EmbedderParts,
  kind: 'tei' | 'openai',
): Promise<Embedder> {
  const { embedder } = config;
  const model = embedder.model ?? '';
  const baseUrl = embedder.baseUrl ?? openAiBaseUrl;
  const known = findKnown(model);
  const options = {
    baseUrl,
    model,
    dimensions: embedder.dimensions ?? known?.dimensions,
    queryPrompt: embedder.queryPrompt ?? known?.queryPrompt,
    apiKey: readEmbedderKey(kind, baseUrl, env),
    meter: meterAt?.(baseUrl, 'embeddings', model),
  };
  if (kind === 'tei') {
    const { createTeiEmbedder } = await import('../adapters/embedder/tei.ts');
    return createTeiEmbedder(options);
  }
  const { createOpenAiEmbedder } = await import('../adapters/embedder/openai.ts');
  return createOpenAiEmbedder({ ...options, isLengthAsked: embedder.dimensions !== undefined });
}

function findKnown(model: string): KnownModel | undefined {
  return knownModels[(model.split('/').at(-1) ?? '').toLowerCase()];
}

/** The key for the configured server. `OPENAI_API_KEY` is OpenAI's: another server only gets the key that was meant for it. */
export function readEmbedderKey(
  kind: 'tei' | 'openai',
  baseUrl: string,
  env: EmbedderParts['env'],
): string | undefined {
  const own = env['PATTERNPIVOT_EMBEDDER_API_KEY'];
  if (own !== undefined && own !== '') return own;
  const openAi = env['OPENAI_API_KEY'];
  const isOpenAi = kind === 'openai' && new URL(baseUrl).origin === new URL(openAiBaseUrl).origin;
  return isOpenAi && openAi !== '' ? openAi : undefined;
}
