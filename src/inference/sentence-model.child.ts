import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from '@huggingface/transformers';
import { PatternPivotError } from '../domain/errors.ts';
import { serveParent, type MethodContext } from '../process/child.ts';
import type { SentenceModelFiles } from './sentence-model.ts';
import { loadTransformers } from './transformers-library.ts';

/** The process in which a sentence model of the user's runs: it reads its folder and nothing else. */

/** Sentences that go through the network together, of like length: more only cost memory on a processor. */
const batchSize = 8;

/** What lies beyond is more than any model reads. */
const maxChars = 20_000;

type Loaded = { readonly tokenizer: PreTrainedTokenizer; readonly model: PreTrainedModel };

let loading: Promise<Loaded> | undefined;

type EmbedInput = { readonly files: SentenceModelFiles; readonly texts: readonly string[] };

async function embed({ files, texts }: EmbedInput, { signal }: MethodContext): Promise<Float32Array[]> {
  loading ??= load(files).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const loaded = await loading;
  // A batch is padded to its longest sentence: sentences of like length go together.
  const order = texts.map((_, index) => index).toSorted((a, b) => texts[a]!.length - texts[b]!.length);
  const vectors = Array.from<Float32Array>({ length: texts.length });
  for (let start = 0; start < order.length; start += batchSize) {
    signal.throwIfAborted();
    const indices = order.slice(start, start + batchSize);
    const rows = await embedBatch(
      loaded,
      indices.map((index) => texts[index]!.slice(0, maxChars).toWellFormed()),
      files,
    );
    for (const [row, index] of indices.entries()) vectors[index] = rows[row]!;
    // Lets a message of the parent in: a wish to stop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return vectors;
}

async function load(files: SentenceModelFiles): Promise<Loaded> {
  const { AutoModel, AutoTokenizer } = await loadTransformers();
  try {
    const tokenizer = await AutoTokenizer.from_pretrained(files.folder, { local_files_only: true });
    const model = await AutoModel.from_pretrained(files.folder, {
      local_files_only: true,
      subfolder: files.subfolder,
      model_file_name: files.graph,
      // The graph is named whole: the name of a precision would be put behind it.
      dtype: 'fp32',
      device: 'cpu',
      ...(files.hasExternalData ? { use_external_data_format: true } : {}),
    });
    return { tokenizer, model };
  } catch (error) {
    throw new PatternPivotError(
      'input.model_unreadable',
      `The model in ${files.folder} cannot be read: ${firstLine(error)}`,
      {
        cause: error,
        hint: 'Remove the folder if it was downloaded, or export the model again (docs/embedders.md).',
        context: { folder: files.folder },
      },
    );
  }
}

async function embedBatch(
  { tokenizer, model }: Loaded,
  texts: readonly string[],
  files: SentenceModelFiles,
): Promise<Float32Array[]> {
  const inputs = tokenizer([...texts], {
    padding: true,
    truncation: true,
    max_length: files.maxTokens,
  }) as Record<string, Tensor>;
  endWithSeparator(inputs['input_ids'], files.maxTokens, tokenizer);
  const outputs = (await model(inputs)) as Record<string, Tensor | undefined>;
  // A graph that sentence-transformers exported calls them token_embeddings.
  const tokens = outputs['last_hidden_state'] ?? outputs['token_embeddings'];
  if (tokens === undefined || tokens.dims.length !== 3 || tokens.dims[0] !== texts.length) {
    throw new PatternPivotError(
      'input.model_unreadable',
      `The model in ${files.folder} gives no vectors of tokens (${Object.keys(outputs).join(', ')}).`,
      { hint: 'Export it with --task feature-extraction (docs/embedders.md).', context: { ...files } },
    );
  }
  const mask = inputs['attention_mask']?.data as BigInt64Array | undefined;
  return texts.map((_, row) => unitLength(pool(tokens, mask, row, files.pooling), files));
}

/** What was cut ends as what was not: the library cuts off the token at the end too, which models are used to. */
function endWithSeparator(ids: Tensor | undefined, maxTokens: number, tokenizer: PreTrainedTokenizer): void {
  const { sep_token_id: separator, pad_token_id: padding } = tokenizer;
  const [rows = 0, count = 0] = ids?.dims ?? [];
  if (ids === undefined || separator === undefined || count < maxTokens) return;
  const data = ids.data as BigInt64Array;
  for (let row = 0; row < rows; row++) {
    const last = row * count + count - 1;
    if (data[last] !== BigInt(padding ?? -1)) data[last] = BigInt(separator);
  }
}

/** One vector for a sentence, from those of its tokens. What fills a batch up to its longest sentence does not count. */
function pool(
  tokens: Tensor,
  mask: BigInt64Array | undefined,
  row: number,
  pooling: SentenceModelFiles['pooling'],
): Float32Array {
  const [, count = 0, size = 0] = tokens.dims;
  const data = tokens.data as Float32Array;
  const start = row * count * size;
  if (pooling === 'cls') return data.slice(start, start + size);
  const sum = new Float32Array(size);
  for (let token = 0; token < count; token++) {
    if (mask?.[row * count + token] === 0n) continue;
    for (let index = 0; index < size; index++) sum[index]! += data[start + token * size + index]!;
  }
  return sum;
}

function unitLength(values: Float32Array, { folder }: SentenceModelFiles): Float32Array {
  const length = Math.hypot(...values);
  if (!(length > 0) || !Number.isFinite(length)) {
    throw new PatternPivotError(
      'tool.embedder_failed',
      `The model in ${folder} gave a vector without direction.`,
      {
        hint: 'Its weights may be damaged: remove the folder and fetch or export it again.',
        context: { folder },
      },
    );
  }
  return values.map((value) => value / length);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';
}

serveParent({ embed });
