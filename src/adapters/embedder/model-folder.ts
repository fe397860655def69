import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { SentenceModelFiles } from '../../inference/sentence-model.ts';

/** What a folder with a sentence model in it holds. */
export type ModelFolder = {
  readonly files: SentenceModelFiles;
  readonly dimensions: number;
  /** Eight hex digits that change with the model: of its settings, its words, and the size and both ends of its weights. */
  readonly fingerprint: string;
};

/** Models of today read 512 tokens; a chunk has about a hundred. */
const mostTokens = 512;

/** What is read of the two ends of the weights for a fingerprint: all of a gigabyte would take seconds. */
const fingerprintBytes = 64 * 1024;

const configSchema = z.looseObject({
  hidden_size: z.int().min(1).max(65_536),
  max_position_embeddings: z.int().min(4).optional(),
});

const poolingSchema = z.looseObject({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
});

/** Where graphs lie, in the order in which they are looked for: as hubs lay them out, and as optimum writes them. */
export function graphPaths(isQuantised: boolean): string[] {
  const name = isQuantised ? 'model_quantized.onnx' : 'model.onnx';
  return [`onnx/${name}`, name];
}

/**
 * Looks at the folder of a sentence model: what it holds, how it pools (`1_Pooling/config.json`, else the first token's vector).
 * @throws not_found.model_folder, input.model_incomplete, input.model_unreadable
 */
export async function examineModelFolder(
  folder: string,
  { isQuantised }: { isQuantised: boolean },
): Promise<ModelFolder> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new PatternPivotError('not_found.model_folder', `There is no folder of a model: ${folder}`, {
      hint: 'Check embedder.folder; docs/embedders.md tells how a model is exported into one.',
      context: { folder },
    });
  }
  const [graph] = await findFiles(folder, graphPaths(isQuantised));
  if (graph === undefined) throw await withoutGraph(folder, isQuantised);
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    if (await isFile(join(folder, name))) continue;
    throw new PatternPivotError('input.model_incomplete', `${name} is missing in ${folder}`, {
      hint: 'Copy it from where the model came from, or export the model again (docs/embedders.md).',
      context: { folder, name },
    });
  }
  const config = await readJson(join(folder, 'config.json'), configSchema);
  const hasExternalData = await isFile(join(folder, `${graph}_data`));
  return {
    files: {
      folder,
      subfolder: graph.includes('/') ? 'onnx' : '',
      graph: basename(graph, '.onnx'),
      hasExternalData,
      pooling: await readPooling(folder),
      maxTokens: Math.min(mostTokens, config.max_position_embeddings ?? mostTokens),
    },
    dimensions: config.hidden_size,
    fingerprint: await fingerprint(folder, [graph, ...(hasExternalData ? [`${graph}_data`] : [])]),
  };
}

async function withoutGraph(folder: string, isQuantised: boolean): Promise<PatternPivotError> {
  const [other] = await findFiles(folder, graphPaths(!isQuantised));
  if (other !== undefined) {
    return new PatternPivotError(
      'input.model_incomplete',
      `${folder} holds ${other}, and ${isQuantised ? 'a quantised model' : 'a model in full precision'} is asked for.`,
      { hint: `Set embedder.quantised to ${String(!isQuantised)}.`, context: { folder, found: other } },
    );
  }
  return new PatternPivotError(
    'input.model_incomplete',
    `${folder} holds no ONNX model (${graphPaths(isQuantised).join(' or ')}).`,
    { hint: 'docs/embedders.md tells how a model is exported with optimum.', context: { folder } },
  );
}

async function readPooling(folder: string): Promise<'cls' | 'mean'> {
  const path = join(folder, '1_Pooling', 'config.json');
  if (!(await isFile(path))) return 'cls';
  const pooling = await readJson(path, poolingSchema);
  if (pooling.pooling_mode_cls_token) return 'cls';
  if (pooling.pooling_mode_mean_tokens) return 'mean';
  throw new PatternPivotError(
    'input.model_unreadable',
    `The model in ${folder} pools in a way that is not known here.`,
    { hint: 'Models that pool by the first token or by the mean can be used.', context: { path } },
  );
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new PatternPivotError('input.model_unreadable', `${path} does not describe a sentence model.`, {
      cause: error,
      hint: 'Copy it from where the model came from.',
      context: { path },
    });
  }
}

async function fingerprint(folder: string, weights: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    hash.update(await readFile(join(folder, name)));
  }
  for (const name of weights) {
    const file = await open(join(folder, name));
    try {
      const { size } = await file.stat();
      hash.update(String(size));
      for (const position of [0, Math.max(0, size - fingerprintBytes)]) {
        const { buffer, bytesRead } = await file.read({
          buffer: Buffer.alloc(fingerprintBytes),
          position,
        });
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }
  return hash.digest('hex').slice(0, 8);
}

async function findFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) if (await isFile(join(folder, name))) found.push(name);
  return found;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
