import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { openVoiceModel, type VoiceModel, type VoiceModelFiles } from '../../inference/voice-model.ts';
import type { Speech, Voice } from '../../ports/voice.ts';
import { spellNumbers } from './plain-english.ts';

/** Which model runs on this machine, and with which of its voices. */
export type LocalVoiceOptions = {
  readonly folder: string;
  /** Of a model with several: the name of a file in its folder `voices`. Default: the first. */
  readonly name?: string | undefined;
  /** Of a model that is told: `en`. */
  readonly language?: string | undefined;
  readonly speed: number;
  /** The terms of a kind of model: `vits`, `supertonic`. */
  readonly termsOf: (kind: string) => Voice['terms'];
};

/** The graphs of the models that can be run, as they are exported for transformers.js. */
const graphsOf: Readonly<Record<string, readonly string[]>> = {
  vits: ['model'],
  supertonic: ['text_encoder', 'latent_denoiser', 'voice_decoder'],
};

/** A config.json has some kilobytes. */
const mostConfigBytes = 1_000_000;

/** Longer texts take a model more memory than it is worth. */
const mostChars = 1000;

/**
 * A neural voice in a folder of this machine, run by transformers.js: VITS (such as MMS) and Supertonic, which read letters. Looks at the
 * folder at once. @throws not_found.model_folder, input.model_incomplete, input.model_unreadable, input.model_kind, input.voice_unknown
 */
export async function openLocalVoice(options: LocalVoiceOptions): Promise<Voice> {
  const { folder, language, speed } = options;
  const kind = await readKind(folder);
  const files = await examineFolder(folder, kind, options.name);
  const voice = files.stylePath === undefined ? undefined : basename(files.stylePath, '.bin');
  const pace = speed === 1 ? undefined : `x${speed}`;
  if (kind === 'vits' && speed !== 1) {
    throw new PatternPivotError('input.voice_speed', 'A VITS model speaks at its own pace alone.', {
      hint: 'Leave voice.speed out.',
    });
  }
  let model: VoiceModel | undefined;
  return {
    model: [`local:${basename(folder)}`, voice, language, pace]
      .filter((part) => part !== undefined)
      .join(':')
      .slice(0, 200),
    terms: options.termsOf(kind),
    /** @throws input.nothing_to_say, input.text_too_long, tool.voice_failed, tool.child_died, cancelled.* */
    async speak(given, { signal }): Promise<Speech> {
      const text = given
        .toWellFormed()
        .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
        .trim();
      if (!/[\p{L}\p{N}]/u.test(text)) {
        throw new PatternPivotError('input.nothing_to_say', 'There is no word in the text to speak.', {
          hint: 'Write a sentence.',
        });
      }
      if (text.length > mostChars) {
        throw new PatternPivotError(
          'input.text_too_long',
          `The text has ${text.length} characters; a local voice takes ${mostChars} at a time.`,
          { hint: 'Speak it in sentences.' },
        );
      }
      model ??= openVoiceModel(files);
      const spoken = kind === 'vits' && isEnglish(language) ? spellNumbers(text) : text;
      const tagged =
        kind === 'supertonic' && language !== undefined ? `<${language}>${spoken}</${language}>` : spoken;
      return model.speak({ text: tagged, speed }, signal === undefined ? {} : { signal });
    },
    async close() {
      const running = model;
      model = undefined;
      await running?.close();
    },
  };
}

const isEnglish = (language: string | undefined) => language === undefined || /^en\b/iu.test(language);

async function readKind(folder: string): Promise<string> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new PatternPivotError('not_found.model_folder', `There is no folder of a model: ${folder}`, {
      hint: 'Check voice.folder; docs/voices.md tells how a voice gets into one.',
      context: { folder },
    });
  }
  const path = join(folder, 'config.json');
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) throw incomplete(folder, 'config.json');
  let kind: unknown;
  try {
    if (size > mostConfigBytes) throw new Error('too large');
    kind = (JSON.parse(await readFile(path, 'utf8')) as { model_type?: unknown }).model_type;
  } catch (error) {
    throw new PatternPivotError('input.model_unreadable', `${path} cannot be read.`, {
      cause: error,
      hint: 'Fetch the model again (docs/voices.md).',
      context: { path },
    });
  }
  if (typeof kind === 'string' && kind in graphsOf) return kind;
  throw new PatternPivotError(
    'input.model_kind',
    `The model in ${folder} is no voice that can be run here.`,
    {
      hint: `It must be ${Object.keys(graphsOf).join(' or ')}, exported for transformers.js (docs/voices.md). A Kokoro or Piper voice runs on its own server.`,
      context: { folder, kind: String(kind).slice(0, 100) },
    },
  );
}

async function examineFolder(
  folder: string,
  kind: string,
  name: string | undefined,
): Promise<VoiceModelFiles> {
  const isFile = async (path: string) =>
    (await stat(join(folder, path)).catch(() => undefined))?.isFile() === true;
  const lacking = async (paths: readonly string[]) => {
    const there = await Promise.all(paths.map(isFile));
    return paths.find((_, index) => !there[index]);
  };
  const graphs = graphsOf[kind] ?? [];
  const quantised = await lacking(graphs.map((graph) => `onnx/${graph}_quantized.onnx`));
  const whole =
    quantised === undefined ? undefined : await lacking(graphs.map((graph) => `onnx/${graph}.onnx`));
  const missing = (await lacking(['tokenizer.json', 'tokenizer_config.json'])) ?? whole;
  if (missing !== undefined) throw incomplete(folder, missing);
  const stylePath = kind === 'supertonic' ? await chooseVoice(folder, name) : undefined;
  if (kind !== 'supertonic' && name !== undefined) {
    throw new PatternPivotError('input.voice_unknown', `The model in ${folder} has one voice alone.`, {
      hint: 'Leave voice.name out.',
      context: { folder, name },
    });
  }
  return { folder, isQuantised: quantised === undefined, stylePath };
}

async function chooseVoice(folder: string, name: string | undefined): Promise<string> {
  const place = join(folder, 'voices');
  const files = await withFileErrors(place, () => readdir(place)).catch(() => []);
  const names = files
    .filter((file) => file.endsWith('.bin'))
    .map((file) => file.slice(0, -4))
    .toSorted();
  const chosen = name ?? names[0];
  if (chosen === undefined) throw incomplete(folder, 'voices/F1.bin');
  if (names.includes(chosen)) return join(place, `${chosen}.bin`);
  throw new PatternPivotError('input.voice_unknown', `The model in ${folder} has no voice ${chosen}.`, {
    hint: `Take one of ${names.slice(0, 20).join(', ')}: voice.name`,
    context: { folder, name: chosen },
  });
}

function incomplete(folder: string, name: string): PatternPivotError {
  return new PatternPivotError('input.model_incomplete', `${name} is missing in ${folder}`, {
    hint: 'Copy it from where the model came from, such as onnx-community/Supertonic-TTS-2-ONNX (docs/voices.md).',
    context: { folder, name },
  });
}
