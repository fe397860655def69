import { createHash } from 'node:crypto';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Voice } from '../../ports/voice.ts';
import { createVoiceServer, refuseText, type VoiceServerOptions } from './voice-server.ts';
import { readVoiceSound } from './voice-sound.ts';

/** Which voice of OpenAI's, or of a server that speaks its protocol, speaks. */
export type OpenAiSpeechOptions = VoiceServerOptions & {
  readonly model: string;
  /** `coral`, or a custom voice's id: `voice_…`. */
  readonly voice: string;
  /** How it is to be said, for models that are told: `calm, close, a little amused`. */
  readonly instructions?: string | undefined;
  /** 1 is the voice's own pace, 2 twice as fast. */
  readonly speed: number;
};

/** https://platform.openai.com/docs/api-reference/audio/createSpeech */
const mostChars = 4096;

/**
 * Speech by OpenAI's models, or by any server that speaks their protocol (`POST /audio/speech`), asked through OpenAI's own client. Names
 * that are places of files are refused: some servers would clone whoever is heard there. @throws input.voice_unknown
 */
export function createOpenAiSpeech(options: OpenAiSpeechOptions): Voice {
  const { model, voice, instructions, speed, baseUrl } = options;
  assertVoiceName(voice);
  const pace = speed === 1 ? undefined : `x${speed}`;
  // What is said otherwise is another thing: the mark tells them apart.
  const manner =
    instructions === undefined
      ? undefined
      : createHash('sha256').update(instructions).digest('hex').slice(0, 8);
  return createVoiceServer(options, {
    model: `openai:${[model, voice, pace, manner].filter((part) => part !== undefined).join(':')}`,
    title: model,
    mostChars,
    async send(text, _address, signal) {
      const { default: OpenAI } = await import('openai');
      const client = new OpenAI({
        // Without one the library would take OPENAI_API_KEY and send it to whatever server is configured.
        apiKey: options.apiKey ?? 'none',
        organization: null,
        project: null,
        baseURL: baseUrl,
        maxRetries: 0,
        timeout: options.timeoutMs,
        fetch: (input, init) => fetch(input as string, { ...init, redirect: 'error' }),
        logLevel: 'off',
      });
      return client.audio.speech.create(
        {
          model,
          voice: /^voice_\w+$/u.test(voice) ? { id: voice } : voice,
          input: text,
          response_format: 'wav',
          ...(instructions === undefined ? {} : { instructions }),
          ...(speed === 1 ? {} : { speed }),
        },
        { signal },
      );
    },
    read(answer, host, signal) {
      refuseText(answer, host);
      return readVoiceSound(answer, host, signal);
    },
  });
}

/** Names of voices, and mixtures of them: `af_bella(2)+af_sky(1)`. @throws input.voice_unknown */
export function assertVoiceName(voice: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N} ._()+:-]*$/u.test(voice) && !/\.\.|\.(?:wav|mp3|flac|ogg|m4a)$/iu.test(voice))
    return;
  throw new PatternPivotError('input.voice_unknown', `That is no name of a voice: ${voice.slice(0, 100)}`, {
    hint: 'Name one that the server has. A recording is cloned by voice.reference of a Coqui server alone.',
    context: { name: voice },
  });
}
