import type { Voice } from '../../ports/voice.ts';
import { createVoiceServer, postJson, refuseText, routeOf, type VoiceServerOptions } from './voice-server.ts';
import { readVoiceSound } from './voice-sound.ts';

/** Which voice of a Piper server speaks, and how. */
export type PiperOptions = VoiceServerOptions & {
  /** The voice's file without its ending, such as `en_US-lessac-medium`; left out, the one the server was started with. */
  readonly model?: string | undefined;
  /** Of a voice with several speakers: a name, or a number. */
  readonly speaker?: string | undefined;
  /** 1 is the voice's own pace, 2 twice as fast. */
  readonly speed: number;
};

/** Where one request becomes unreasonable. */
const mostChars = 5000;

/**
 * A Piper server (https://github.com/OHF-Voice/piper1-gpl/blob/main/docs/API_HTTP.md): `POST /synthesize`, or `POST /` before that was its
 * place, with `text`, `voice`, `speaker`, `speaker_id` and `length_scale` in JSON; it answers with a WAV.
 */
export function createPiper(options: PiperOptions): Voice {
  const { model, speaker, speed, apiKey } = options;
  let route: string | undefined;
  return createVoiceServer(options, {
    model: `piper:${[model ?? 'unknown', speaker, speed === 1 ? undefined : `x${speed}`].filter((part) => part !== undefined).join(':')}`,
    title: 'The Piper server',
    mostChars,
    async send(text, address, signal) {
      const isNumber = speaker !== undefined && /^\d{1,5}$/u.test(speaker);
      const body = {
        text,
        ...(model === undefined ? {} : { voice: model }),
        ...(speaker === undefined ? {} : isNumber ? { speaker_id: Number(speaker) } : { speaker }),
        ...(speed === 1 ? {} : { length_scale: 1 / speed }),
      };
      if (route === undefined) {
        const response = await postJson(routeOf(address, 'synthesize'), body, { apiKey, signal });
        if (response.status !== 404 && response.status !== 405) {
          if (response.ok) route = 'synthesize';
          return response;
        }
        await response.body?.cancel();
        route = '';
      }
      return postJson(routeOf(address, route), body, { apiKey, signal });
    },
    read(answer, host, signal) {
      refuseText(answer, host);
      return readVoiceSound(answer, host, signal);
    },
  });
}
