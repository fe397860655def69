import { readFile } from 'node:fs/promises';
import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from '@huggingface/transformers';
import { PatternPivotError } from '../domain/errors.ts';
import { serveParent } from '../process/child.ts';
import { loadTransformers } from './transformers-library.ts';
import type { VoiceModelFiles, VoiceModelRequest, VoiceModelSound } from './voice-model.ts';

/** The process in which a voice model of the user's runs: it reads its folder and nothing else. */

/** Steps from noise to speech of a Supertonic model: more than the 5 of its card is hardly heard. */
const denoisingSteps = 8;

/** The pace that a Supertonic model's card calls its own. */
const supertonicPace = 1.05;

type Loaded = {
  readonly tokenizer: PreTrainedTokenizer;
  readonly model: PreTrainedModel;
  readonly style: Tensor | undefined;
};

/** The parts of a model's config.json that are used; it is somebody's file. */
type VoiceConfig = {
  readonly model_type?: unknown;
  readonly sampling_rate?: unknown;
  readonly style_dim?: unknown;
};

/** What speaks in one pass, and what in several. */
type Speaks = {
  (inputs: unknown): Promise<{ readonly waveform: Tensor }>;
  generate_speech?(
    inputs: Record<string, unknown>,
  ): Promise<{ readonly waveform: Tensor; readonly durations: Tensor }>;
};

let loading: Promise<Loaded> | undefined;

serveParent({ speak });

async function speak({ files, text, speed }: VoiceModelRequest): Promise<VoiceModelSound> {
  loading ??= load(files).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const { tokenizer, model, style } = await loading;
  const config = model.config as VoiceConfig;
  const sampleRateHz = typeof config.sampling_rate === 'number' ? config.sampling_rate : 0;
  if (!(sampleRateHz >= 4000 && sampleRateHz <= 384_000)) {
    throw unreadable(files.folder, 'its config.json has no sampling_rate');
  }
  const samples = await run(model as unknown as Speaks, tokenizer(text), style, speed);
  if (samples.length === 0 || !samples.every(Number.isFinite)) {
    throw new PatternPivotError('tool.voice_failed', `The model in ${files.folder} gave no sound.`, {
      hint: 'Its files may be damaged, or made for another version: fetch them again (docs/voices.md).',
      context: { folder: files.folder },
    });
  }
  return { sampleRateHz, samples: samples.map((sample) => Math.max(-1, Math.min(1, sample))) };
}

async function run(
  model: Speaks,
  inputs: Record<string, unknown>,
  style: Tensor | undefined,
  speed: number,
): Promise<Float32Array> {
  try {
    if (style === undefined) {
      return Float32Array.from((await model(inputs)).waveform.data as Float32Array);
    }
    const made = await model.generate_speech?.({
      ...inputs,
      style,
      num_inference_steps: denoisingSteps,
      speed: supertonicPace * speed,
    });
    if (made === undefined) throw new Error('it has no voices of its own');
    const length = Math.ceil(Number(made.durations.data[0]));
    return Float32Array.from(made.waveform.data as Float32Array).subarray(0, Math.max(0, length));
  } catch (error) {
    throw new PatternPivotError('tool.voice_failed', `The voice model failed: ${firstLine(error)}`, {
      cause: error,
      hint: 'Fetch its files again, all of one version (docs/voices.md).',
    });
  }
}

async function load({ folder, isQuantised, stylePath }: VoiceModelFiles): Promise<Loaded> {
  const { AutoTokenizer, AutoModelForTextToWaveform, Tensor: makeTensor } = await loadTransformers();
  try {
    const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
    const model = await AutoModelForTextToWaveform.from_pretrained(folder, {
      local_files_only: true,
      dtype: isQuantised ? 'q8' : 'fp32',
      device: 'cpu',
    });
    if (stylePath === undefined) return { tokenizer, model, style: undefined };
    const bytes = await readFile(stylePath);
    const { style_dim: width } = model.config as VoiceConfig;
    if (typeof width !== 'number' || !(width > 0) || bytes.length === 0 || bytes.length % (4 * width) !== 0) {
      throw new Error(`the voice ${stylePath} does not fit the model`);
    }
    const values = new Float32Array(new Uint8Array(bytes).buffer);
    return { tokenizer, model, style: new makeTensor('float32', values, [1, values.length / width, width]) };
  } catch (error) {
    throw unreadable(folder, firstLine(error), error);
  }
}

function unreadable(folder: string, why: string, cause?: unknown): PatternPivotError {
  return new PatternPivotError('input.model_unreadable', `The model in ${folder} cannot be read: ${why}`, {
    cause,
    hint: 'Fetch it again, or name another folder: voice.folder (docs/voices.md).',
    context: { folder },
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';
}
