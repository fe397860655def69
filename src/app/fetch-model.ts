import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { graphPaths } from '../adapters/embedder/model-folder.ts';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { temporaryFileName } from '../domain/temporary-name.ts';
import type { PrepareContext } from '../ports/embedder.ts';
import { fetchMedia, type FetchOptions } from './fetch-media.ts';

/** A sentence model on a hub, and where it is to lie. */
export type ModelSource = {
  /** Its name there: `WhereIsAI/UAE-Large-V1`. */
  readonly model: string;
  /** The address of a hub, or of a mirror that lays files out as one: `<hub>/<model>/resolve/main/<file>`. */
  readonly hub: string;
  readonly isQuantised: boolean;
  /** The folder that gets a folder for each model. */
  readonly modelsFolder: string;
  /** How the web is spoken to. Tests make this quicker. */
  readonly web?: Pick<FetchOptions, 'rules' | 'retryAfterMs'>;
};

/** The largest model that is fetched. UAE-Large-V1 in full precision has 1.34 GB. */
const maxBytes = 10e9;

/** Waits before further tries, in ms: who has no network should not wait long for the news. */
const retryAfterMs = [1000, 3000];

/** Written last: with it there, nothing is asked of the hub. */
const completeName = 'fetched-model.json';

/** Where a model lies once it is fetched. */
export function modelFolderOf({ model, isQuantised, modelsFolder }: ModelSource): string {
  return join(modelsFolder, `${model.replace('/', '--')}${isQuantised ? '-quantised' : ''}`);
}

/** Whether a model is there, whole. */
export function isModelFetched(source: ModelSource): Promise<boolean> {
  return isFile(join(modelFolderOf(source), completeName));
}

/**
 * Fetches the files of a sentence model from a hub into a folder, those that are not there yet; what was interrupted goes on where it
 * stopped. With all of them there, nothing is asked of the network.
 * @returns the folder
 * @throws provider.hub_unreachable, not_found.model, and what the fetching of media throws
 */
export async function fetchModel(source: ModelSource, context: PrepareContext): Promise<string> {
  const folder = modelFolderOf(source);
  if (await isModelFetched(source)) return folder;
  await withFileErrors(folder, () => mkdir(folder, { recursive: true }));
  const [graph = ''] = graphPaths(source.isQuantised);
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    await fetchFile(source, name, folder, context);
  }
  await fetchIfThere(source, '1_Pooling/config.json', folder, context);
  await fetchFile(source, graph, folder, context);
  // Weights of more than 2 GB lie beside their graph.
  await fetchIfThere(source, `${graph}_data`, folder, context);
  const complete = join(folder, completeName);
  await withFileErrors(complete, async () => {
    const temporary = join(folder, temporaryFileName());
    const record = { version: 1, model: source.model, from: new URL(source.hub).host };
    await writeFile(temporary, `${JSON.stringify(record)}\n`);
    await rename(temporary, complete);
  });
  return folder;
}

async function fetchIfThere(
  source: ModelSource,
  name: string,
  folder: string,
  context: PrepareContext,
): Promise<void> {
  try {
    await fetchFile(source, name, folder, context);
  } catch (error) {
    if (!(error instanceof PatternPivotError) || error.code !== 'not_found.model') throw error;
  }
}

async function fetchFile(
  source: ModelSource,
  name: string,
  folder: string,
  context: PrepareContext,
): Promise<void> {
  const path = join(folder, name);
  if (await isFile(path)) return;
  const address = `${source.hub.replace(/\/+$/u, '')}/${source.model}/resolve/main/${name}`;
  const downloadsFolder = join(source.modelsFolder, '.downloads');
  try {
    const fetched = await fetchMedia(
      address,
      { downloadsFolder, maxBytes, takesAnyType: true, retryAfterMs, ...source.web },
      context,
    );
    await withFileErrors(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await rename(fetched.path, path);
      // The folder that it came in stays: another run may be about to write into it.
      await rm(join(dirname(fetched.path), 'fetched.json'), { force: true });
    });
  } catch (error) {
    context.signal.throwIfAborted();
    // Another run fetched the same file, and was quicker to put it in its place.
    if (await isFile(path)) return;
    throw explain(error, source, name);
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

const waysOut =
  'Set embedder.folder to a copy of the model, or embedder.hub to a mirror, or embedder.kind to carried, which needs no download.';

/** What went wrong, for somebody who asked for a model and not for an address. */
function explain(error: unknown, { model, hub }: ModelSource, name: string): unknown {
  if (!(error instanceof PatternPivotError)) return error;
  const { host } = new URL(hub);
  const context = { ...error.context, model, file: name };
  if (error.code === 'not_found.address' || error.code === 'input.no_permission') {
    return new PatternPivotError('not_found.model', `${host} does not give out ${name} of ${model}.`, {
      cause: error,
      hint: `Check embedder.model. ${waysOut}`,
      context,
    });
  }
  if (error.kind !== 'provider' && error.code !== 'input.address_not_media') return error;
  // The address is long, and its host has been named.
  const why =
    error.code === 'input.address_not_media'
      ? 'it sends a page instead of the file.'
      : error.message.replace(/^\S+ cannot be fetched: /u, '');
  return new PatternPivotError(
    'provider.hub_unreachable',
    `The model ${model} cannot be fetched from ${host}: ${why}`,
    { cause: error, retryable: error.retryable, hint: waysOut, context },
  );
}
