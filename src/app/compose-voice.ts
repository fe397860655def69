import { resolve } from 'node:path';
import { createFlite, fliteVoices } from '../adapters/voice/flite.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Source } from '../domain/source.ts';
import type { Voice } from '../ports/voice.ts';
import type { HearPorts } from '../stages/hear/hear.ts';
import { assertConsent } from '../stages/speak/consent.ts';
import type { StageContext } from '../stages/stage.ts';
import type { Config } from './config.ts';
import { serviceAt, type MeterAt } from './meters.ts';
import { findVoiceTerms, openAiTerms } from './voice-terms.ts';

/** What a voice is put together from. */
export type VoiceParts = {
  readonly config: Pick<Config, 'voice'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the recording of a cloned voice is heard with, for its owner's consent. */
  readonly ports: HearPorts & { openSource(path: string, context: StageContext): Promise<Source> };
  readonly signal?: AbortSignal | undefined;
  /** Counts what a voice at an address uses; left out, nothing is counted. */
  readonly meterAt?: MeterAt | undefined;
};

type VoiceConfig = Config['voice'];

const openAiBaseUrl = 'https://api.openai.com/v1';

/** Where servers are found by their own defaults, and the voice that they all have. */
const usual = {
  coqui: { baseUrl: 'http://localhost:5002' },
  piper: { baseUrl: 'http://localhost:5000' },
  kokoro: { baseUrl: 'http://localhost:8880', model: 'kokoro', name: 'af_heart' },
  openai: { baseUrl: openAiBaseUrl, model: 'gpt-4o-mini-tts', name: 'coral' },
} as const;

/**
 * The voice that is configured; close it afterwards, and say its terms before it is used. No server is asked and no model loaded before it
 * speaks, but a recording that is to be cloned is listened to at once.
 * @throws input.voice_unknown, input.no_voice_key, input.no_consent, input.voice_address_invalid, and what a local model's folder lacks
 */
export async function openVoice({ config, env, ports, signal, meterAt }: VoiceParts): Promise<Voice> {
  const { voice } = config;
  if (voice.kind === 'carried') return openCarried(voice);
  if (voice.kind === 'local') {
    const { openLocalVoice } = await import('../adapters/voice/local.ts');
    return openLocalVoice({
      folder: voice.folder ?? '',
      name: voice.name,
      language: voice.language,
      speed: voice.speed ?? 1,
      termsOf: (kind) => findVoiceTerms(kind, voice),
    });
  }
  const { kind } = voice;
  const baseUrl = voice.baseUrl ?? usual[kind].baseUrl;
  const server = {
    baseUrl,
    apiKey: readVoiceKey(baseUrl, env),
    meter: meterAt?.(baseUrl, 'speech', modelOf(voice)),
    timeoutMs: voice.timeoutSeconds * 1000,
  };
  const { name, model, language, speed = 1 } = voice;
  if (kind === 'coqui') {
    const { createCoqui } = await import('../adapters/voice/coqui.ts');
    const terms = findVoiceTerms(model, voice);
    const common = { ...server, terms, model, language, styleWav: voice.style };
    if (voice.reference === undefined) return createCoqui({ ...common, speaker: name });
    const recording = await hearConsent(voice.reference, ports, signal);
    return createCoqui({
      ...common,
      speakerWav: voice.referenceOnServer ?? recording.path,
      recordingMark: `clone-${recording.contentHash.replace('sha256:', '').slice(0, 12)}`,
    });
  }
  if (kind === 'piper') {
    const { createPiper } = await import('../adapters/voice/piper.ts');
    return createPiper({ ...server, terms: findVoiceTerms(model, voice), model, speaker: name, speed });
  }
  if (kind === 'kokoro') {
    const { createKokoro } = await import('../adapters/voice/kokoro.ts');
    const named = { model: modelOf(voice), voice: name ?? usual.kokoro.name, language, speed };
    return createKokoro({ ...server, terms: findVoiceTerms('kokoro', voice), ...named });
  }
  const isOpenAi = serviceAt(baseUrl).service === 'openai';
  if (isOpenAi && server.apiKey === undefined) {
    throw new PatternPivotError('input.no_voice_key', 'OpenAI speaks nothing without a key.', {
      hint: 'Set PATTERNPIVOT_VOICE_API_KEY or OPENAI_API_KEY, or take the carried voice: --voice carried.',
    });
  }
  const { createOpenAiSpeech } = await import('../adapters/voice/openai-speech.ts');
  return createOpenAiSpeech({
    ...server,
    terms: findVoiceTerms(modelOf(voice), voice, isOpenAi ? openAiTerms : undefined),
    model: modelOf(voice),
    voice: name ?? usual.openai.name,
    instructions: voice.instructions,
    speed,
  });
}

function modelOf({ kind, model }: VoiceConfig): string {
  return model ?? (kind === 'openai' || kind === 'kokoro' ? usual[kind].model : kind);
}

function openCarried({ name = 'slt' }: VoiceConfig): Voice {
  const voice = fliteVoices.find((known) => known === name);
  if (voice !== undefined) return createFlite({ voice });
  throw new PatternPivotError('input.voice_unknown', `There is no carried voice of the name ${name}.`, {
    hint: `Take one of ${fliteVoices.join(', ')}: voice.name`,
    context: { name },
  });
}

/** Listens to a recording before its voice is taken. */
async function hearConsent(
  path: string,
  ports: VoiceParts['ports'],
  signal: AbortSignal | undefined,
): Promise<Source> {
  const context: StageContext = { signal: signal ?? new AbortController().signal, report: () => {} };
  const recording = await ports.openSource(resolve(path), context);
  await assertConsent(recording, ports, context);
  return recording;
}

/** The key for the configured server. `OPENAI_API_KEY` is OpenAI's: another server only gets the key that was meant for it. */
function readVoiceKey(baseUrl: string, env: VoiceParts['env']): string | undefined {
  const own = env['PATTERNPIVOT_VOICE_API_KEY'];
  if (own !== undefined && own !== '') return own;
  const openAi = env['OPENAI_API_KEY'];
  return serviceAt(baseUrl).service === 'openai' && openAi !== '' ? openAi : undefined;
}
