import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { MusicBrief } from '../../domain/music.ts';
import { monoWav } from '../../domain/mono-wav.ts';

/** How servers of music are asked. */
export type MusicProtocolName = 'sound-generation' | 'inference' | 'cog';

/** What a server is asked for. */
type Wanted = {
  readonly model: string | undefined;
  readonly prompt: string;
  readonly seconds: number;
  readonly brief: MusicBrief;
  /** A WAV whose melody is to be followed. */
  readonly melody?: Buffer;
};

/** One way to ask. */
export type MusicProtocol = {
  readonly readsMelody: boolean;
  request(wanted: Wanted): { readonly route: string; readonly body: unknown };
  /** Turns the file of an answer into one of sound. @throws provider.answer_unusable */
  unpack(answer: string, sound: string, host: string): Promise<void>;
};

/** Steps a second of MusicGen's codes. */
const stepsPerSecond = 50;

/** Of MusicGen's sound where nobody says, in hertz. */
const usualRateHz = 32_000;

/** An answer in JSON is read whole: half a minute of numbers with 20 digits is 20 MB. */
const mostJsonBytes = 100_000_000;

const numbers = z.array(z.number());

/** What handlers of inference endpoints send: numbers, in one list or one a channel. */
const generatedSchema = z
  .array(
    z.looseObject({
      generated_audio: z.union([numbers, z.array(numbers).min(1), z.array(z.array(numbers).min(1)).min(1)]),
      sampling_rate: z.int().min(8000).max(192_000).optional(),
    }),
  )
  .min(1);

const predictionSchema = z.looseObject({
  status: z.string().optional(),
  output: z.union([z.string(), z.array(z.string()).min(1)]).nullish(),
});

/** The three ways, by their names in the configuration. */
export const musicProtocols: Readonly<Record<MusicProtocolName, MusicProtocol>> = {
  /** LocalAI (https://localai.io/features/text-to-audio/), whose form is ElevenLabs'; the address ends in /v1. The answer is a sound file. */
  'sound-generation': {
    readsMelody: false,
    request: ({ model, prompt, seconds, brief }) => ({
      route: 'sound-generation',
      body: {
        model_id: model ?? 'facebook/musicgen-small',
        text: prompt,
        duration_seconds: seconds,
        bpm: Math.round(brief.tempoBpm),
        keyscale: `${brief.key.tonic} ${brief.key.mode}`,
        instrumental: true,
      },
    }),
    unpack: rename,
  },
  /** Hugging Face's inference servers (https://huggingface.co/docs/inference-endpoints): the answer is a sound file, or numbers in JSON. */
  inference: {
    readsMelody: false,
    request: ({ prompt, seconds, brief }) => ({
      route: '',
      body: {
        inputs: prompt,
        parameters: {
          max_new_tokens: Math.ceil(seconds * stepsPerSecond),
          do_sample: true,
          seed: brief.seed,
        },
      },
    }),
    async unpack(answer, sound, host) {
      if (!(await isJson(answer))) return rename(answer, sound);
      const [made] = parse(generatedSchema, await readJson(answer, host), host);
      let samples: unknown = made?.generated_audio;
      while (Array.isArray(samples) && Array.isArray(samples[0])) samples = samples[0];
      const wav = monoWav(Float32Array.from(samples as number[]), made?.sampling_rate ?? usualRateHz);
      await writeFile(sound, wav);
    },
  },
  /** A container made with Cog, such as meta/musicgen (https://cog.run/http): a prediction whose output is the file as a data URL. */
  cog: {
    readsMelody: true,
    request: ({ model, prompt, seconds, brief, melody }) => ({
      route: 'predictions',
      body: {
        input: {
          prompt,
          duration: Math.ceil(seconds),
          seed: brief.seed % 2 ** 31,
          output_format: 'wav',
          normalization_strategy: 'loudness',
          ...(model === undefined ? {} : { model_version: model }),
          ...(melody === undefined
            ? {}
            : { input_audio: `data:audio/wav;base64,${melody.toString('base64')}`, continuation: false }),
        },
      },
    }),
    async unpack(answer, sound, host) {
      const { status, output } = parse(predictionSchema, await readJson(answer, host), host);
      const url = Array.isArray(output) ? output[0] : output;
      const encoded = /^data:[\w.+/-]*(?:;[\w=.-]+)*;base64,(?<data>[A-Za-z0-9+/=\s]*)$/u.exec(url ?? '');
      if ((status !== undefined && status !== 'succeeded') || encoded?.groups?.['data'] === undefined) {
        throw unusable(host, 'The prediction did not succeed, or its output is no data URL.');
      }
      await writeFile(sound, Buffer.from(encoded.groups['data'], 'base64'));
    },
  },
};

async function isJson(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^\s*[[{]/u.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function readJson(path: string, host: string): Promise<unknown> {
  if ((await stat(path)).size > mostJsonBytes) throw unusable(host, 'It is too large for what was asked.');
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    throw unusable(host, 'It is no JSON.');
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, host: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unusable(host, 'It has another form.');
}

function unusable(host: string, why: string): PatternPivotError {
  return new PatternPivotError('provider.answer_unusable', `The answer of ${host} cannot be used. ${why}`, {
    hint: 'Check music.protocol and what the server wrote into its log.',
    context: { address: host },
  });
}
