import { z } from 'zod';
import type { SpokenWord, Voice } from '../../ports/voice.ts';
import { assertVoiceName } from './openai-speech.ts';
import { createVoiceServer, postJson, routeOf, type VoiceServerOptions } from './voice-server.ts';
import { readVoiceSound, unusable } from './voice-sound.ts';

/** Which voice of a Kokoro server speaks, and how. */
export type KokoroOptions = VoiceServerOptions & {
  readonly model: string;
  /** `af_heart`, or a mixture: `af_bella+af_sky`. */
  readonly voice: string;
  /** As the server names it: a letter such as `a` (American) or `b` (British). Left out: by the voice's name. */
  readonly language?: string | undefined;
  readonly speed: number;
};

const mostChars = 5000;

/** Only what is used. Times are seconds. */
const answerSchema = z.object({
  audio: z.string(),
  timestamps: z
    .array(
      z.object({
        word: z.string().max(500),
        start_time: z.number().nonnegative(),
        end_time: z.number().nonnegative(),
      }),
    )
    .max(10_000)
    .nullish(),
});

/**
 * A Kokoro server (https://github.com/remsky/Kokoro-FastAPI): `POST /dev/captioned_speech` in OpenAI's form answers with a WAV in base64 and
 * the time of each word. `baseUrl`: with or without the `/v1` of its other routes. @throws input.voice_unknown
 */
export function createKokoro(options: KokoroOptions): Voice {
  const { model, voice, language, speed, apiKey } = options;
  assertVoiceName(voice);
  const pace = speed === 1 ? undefined : `x${speed}`;
  return createVoiceServer(options, {
    model: `kokoro:${[voice, language, pace].filter((part) => part !== undefined).join(':')}`,
    title: 'The Kokoro server',
    mostChars,
    send(text, address, signal) {
      const root = new URL(address);
      root.pathname = root.pathname.replace(/\/v1\/?$/u, '/');
      const body = {
        model,
        voice,
        input: text,
        response_format: 'wav',
        stream: false,
        return_timestamps: true,
        ...(language === undefined ? {} : { lang_code: language }),
        ...(speed === 1 ? {} : { speed }),
      };
      return postJson(routeOf(root, 'dev/captioned_speech'), body, { apiKey, signal });
    },
    async read(answer, host, signal) {
      const parsed = answerSchema.safeParse(readJson(answer, host));
      if (!parsed.success) throw unusable(host, 'an answer of another form', false);
      const { audio, timestamps } = parsed.data;
      const speech = await readVoiceSound(Buffer.from(audio, 'base64'), host, signal);
      const words = (timestamps ?? []).flatMap(({ word, start_time, end_time }): SpokenWord[] =>
        // Punctuation has a time of its own there, and no sound.
        /[\p{L}\p{N}]/u.test(word)
          ? [
              {
                text: word.trim(),
                startMs: Math.round(start_time * 1000),
                endMs: Math.round(end_time * 1000),
              },
            ]
          : [],
      );
      return words.length === 0 ? speech : { ...speech, words };
    },
  });
}

function readJson(answer: Buffer, host: string): unknown {
  try {
    return JSON.parse(answer.toString('utf8'));
  } catch {
    throw unusable(host, 'an answer of another form', false);
  }
}
