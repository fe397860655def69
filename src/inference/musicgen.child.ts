import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from '@huggingface/transformers';
import { PatternPivotError } from '../domain/errors.ts';
import { serveParent, type MethodContext } from '../process/child.ts';
import type { MusicgenFiles, MusicgenRequest, MusicgenSound } from './musicgen.ts';
import { loadTransformers } from './transformers-library.ts';

/** The process in which a MusicGen model of the user's runs: it reads its folder and nothing else. */

/** Steps a second of sound, of MusicGen's codes (https://arxiv.org/abs/2306.05284, 3): 32 kHz in frames of 640 samples. */
const stepsPerSecond = 50;

/** How closely it keeps to the prompt: what the paper found best. */
const guidanceScale = 3;

/** Of EnCodec as MusicGen uses it, where the model does not say. In hertz. */
const usualRateHz = 32_000;

type Loaded = { readonly tokenizer: PreTrainedTokenizer; readonly model: PreTrainedModel };

/** The parts of a model's config.json that are used; it is somebody's file. */
type MusicgenConfig = {
  readonly audio_encoder?: { readonly sampling_rate?: unknown };
  readonly decoder?: { readonly num_codebooks?: unknown };
};

let loading: Promise<Loaded> | undefined;

serveParent({ play });

async function play(
  { files, prompt, seconds, seed }: MusicgenRequest,
  { emit }: MethodContext,
): Promise<MusicgenSound> {
  loading ??= load(files).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const { tokenizer, model } = await loading;
  const { random } = await loadTransformers();
  random.seed(seed);
  const config = model.config as MusicgenConfig;
  const codebooks = asCount(config.decoder?.num_codebooks) ?? 4;
  // Each book of codes comes one step after the one before it: the last is whole so many steps later.
  const steps = Math.ceil(seconds * stepsPerSecond) + codebooks - 1;
  let done = 0;
  const streamer = {
    put() {
      done++;
      if (done % 10 === 0) emit(Math.min(1, done / steps));
    },
    end() {},
  };
  const values = (await generate(model, {
    ...(tokenizer(prompt) as Record<string, Tensor>),
    max_new_tokens: steps,
    do_sample: true,
    guidance_scale: guidanceScale,
    streamer,
  })) as Tensor;
  const samples = Float32Array.from(values.data as Float32Array);
  if (samples.length === 0 || !samples.every(Number.isFinite)) {
    throw new PatternPivotError('tool.music_failed', `The model in ${files.folder} gave no sound.`, {
      hint: 'Its files may be damaged, or made for another version: fetch or export them again (docs/music.md).',
      context: { folder: files.folder },
    });
  }
  return { sampleRateHz: asCount(config.audio_encoder?.sampling_rate) ?? usualRateHz, samples };
}

async function generate(model: PreTrainedModel, options: Record<string, unknown>): Promise<unknown> {
  try {
    return await model.generate(options as never);
  } catch (error) {
    throw new PatternPivotError('tool.music_failed', `The music model failed: ${firstLine(error)}`, {
      cause: error,
      hint: 'Export it again with its graphs text_encoder, decoder_model_merged and encodec_decode (docs/music.md).',
    });
  }
}

async function load({ folder, isQuantised }: MusicgenFiles): Promise<Loaded> {
  const { AutoTokenizer, MusicgenForConditionalGeneration } = await loadTransformers();
  try {
    return {
      tokenizer: await AutoTokenizer.from_pretrained(folder, { local_files_only: true }),
      model: await MusicgenForConditionalGeneration.from_pretrained(folder, {
        local_files_only: true,
        dtype: isQuantised ? 'q8' : 'fp32',
        device: 'cpu',
      }),
    };
  } catch (error) {
    throw new PatternPivotError(
      'input.model_unreadable',
      `The model in ${folder} cannot be read: ${firstLine(error)}`,
      { cause: error, hint: 'Fetch or export it again (docs/music.md).', context: { folder } },
    );
  }
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 1_000_000
    ? value
    : undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';
}
