import { createHash } from 'node:crypto';
import type { Voice } from '../../ports/voice.ts';
import { createVoiceServer, refuseText, routeOf, type VoiceServerOptions } from './voice-server.ts';
import { readVoiceSound } from './voice-sound.ts';

/** Which of a Coqui server's voices speaks, and how. */
export type CoquiOptions = VoiceServerOptions & {
  /** For the mark of what it speaks; the server runs the one that it was started with. */
  readonly model?: string | undefined;
  /** Of a model with several. */
  readonly speaker?: string | undefined;
  /** As the model names it: `en`, `pt`. */
  readonly language?: string | undefined;
  /** A recording of the voice to be taken, at its place on the server's machine; whose consent was heard. */
  readonly speakerWav?: string | undefined;
  /** A recording whose manner is taken (a `.wav` on the server's machine), or weights of style tokens as JSON. */
  readonly styleWav?: string | undefined;
  /** What sets the recording apart from others, for the mark. */
  readonly recordingMark?: string | undefined;
};

/** Longer texts are cut by the server itself; this is where one request becomes unreasonable. */
const mostChars = 5000;

/**
 * A Coqui server (https://github.com/idiap/coqui-ai-TTS/blob/dev/TTS/server/server.py): `POST /api/tts` with a form of `text`, `speaker_id`,
 * `language_id`, `speaker_wav` and `style_wav`; it answers with a WAV. Recordings are named by their place on the server's machine: none is sent.
 */
export function createCoqui(options: CoquiOptions): Voice {
  const { speaker, language, speakerWav, styleWav, recordingMark } = options;
  const who = recordingMark ?? speaker;
  const manner =
    styleWav === undefined ? undefined : createHash('sha256').update(styleWav).digest('hex').slice(0, 8);
  return createVoiceServer(options, {
    model: `coqui:${[options.model ?? 'unknown', who, language, manner].filter((part) => part !== undefined).join(':')}`,
    title: 'The Coqui server',
    mostChars,
    send(text, address, signal) {
      const form = new URLSearchParams({ text });
      // A voice that is cloned has no number among the model's own.
      if (speakerWav === undefined && speaker !== undefined) form.set('speaker_id', speaker);
      if (speakerWav !== undefined) {
        form.set('speaker_wav', speakerWav);
        form.set('speaker_id', '');
      }
      if (language !== undefined) form.set('language_id', language);
      if (styleWav !== undefined) form.set('style_wav', styleWav);
      return fetch(routeOf(address, 'api/tts'), {
        method: 'POST',
        headers: {
          accept: 'audio/wav',
          ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
        },
        body: form,
        redirect: 'error',
        signal,
      });
    },
    read(answer, host, signal) {
      refuseText(answer, host);
      return readVoiceSound(answer, host, signal);
    },
  });
}
