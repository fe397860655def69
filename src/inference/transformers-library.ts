import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { locateWeights } from './weights.ts';

/** What we use of transformers.js. */
type Transformers = Pick<
  typeof import('@huggingface/transformers'),
  | 'AutoModel'
  | 'AutoModelForTextToWaveform'
  | 'AutoTokenizer'
  | 'MusicgenForConditionalGeneration'
  | 'Tensor'
  | 'env'
  | 'LogLevel'
  | 'random'
>;

/** A module in the place of sharp, which the library imports to read pictures: nobody gives it any. */
const noPictures = `data:text/javascript,${encodeURIComponent(
  'export default function sharp() { throw new Error("No pictures are read here."); }',
)}`;

let loading: Promise<Transformers> | undefined;

/**
 * transformers.js from the one file that comes with the program, on the ONNX Runtime that everything else here uses, and unable to
 * fetch anything: what it reads lies in a folder. For child processes: it changes how this process finds two modules.
 */
export function loadTransformers(): Promise<Transformers> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Transformers> {
  const runtime = pathToFileURL(createRequire(import.meta.url).resolve('onnxruntime-node')).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'sharp') return { url: noPictures, format: 'module', shortCircuit: true };
      // The runtime's own part, which need not lie where the library would find it.
      const isRuntime = specifier === 'onnxruntime-common' || specifier === 'onnxruntime-node';
      return next(specifier, isRuntime ? { ...context, parentURL: runtime } : context);
    },
  });
  const path = locateWeights('transformers-js')['transformers.mjs'] ?? '';
  const library = (await import(pathToFileURL(path).href)) as Transformers;
  library.env.allowRemoteModels = false;
  library.env.allowLocalModels = true;
  library.env.useFSCache = false;
  library.env.logLevel = library.LogLevel.ERROR;
  return library;
}
