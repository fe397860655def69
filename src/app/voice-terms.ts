import type { Voice } from '../ports/voice.ts';

/** Where nobody knows a model, nothing is promised of it. */
const unknownTerms: Voice['terms'] = {
  licence: 'not known',
  mayEarnMoney: false,
};

const nonCommercial = (licence: string): Voice['terms'] => ({ licence, mayEarnMoney: false });
const free = (licence: string): Voice['terms'] => ({ licence, mayEarnMoney: true });

/**
 * Terms of weights by the names of models, the first that fits: Coqui's from its list
 * (https://github.com/idiap/coqui-ai-TTS/blob/dev/TTS/.models.json), Kokoro's and SpeechT5's from their cards.
 */
const known: readonly (readonly [RegExp, Voice['terms']])[] = [
  [/xtts/iu, nonCommercial('Coqui Public Model License 1.0.0 (XTTS)')],
  [/your_tts/iu, nonCommercial('CC-BY-NC-ND-4.0 (YourTTS)')],
  [/vctk\/fast_pitch/iu, nonCommercial('CC-BY-NC-ND-4.0 (FastPitch, VCTK)')],
  [/fairseq|mms|^vits$/iu, nonCommercial('CC-BY-NC-4.0 (MMS)')],
  [/fish/iu, nonCommercial('CC-BY-NC-SA-4.0 (Fish Speech)')],
  [/f5-?tts/iu, nonCommercial('CC-BY-NC-4.0 (F5-TTS)')],
  [/kokoro/iu, free('Apache-2.0 (Kokoro)')],
  [/chatterbox/iu, free('MIT (Chatterbox)')],
  [/\bbark\b/iu, free('MIT (Bark)')],
  [/tortoise/iu, free('Apache-2.0 (Tortoise)')],
  [/speecht5/iu, free('MIT (SpeechT5)')],
  [/supertonic/iu, free('OpenRAIL-M (Supertonic)')],
  [/^(?:tts_models\/)?en\/(?:ljspeech|vctk\/vits|sam)\b/iu, free('Apache-2.0 or MPL-2.0 (Coqui)')],
];

/** OpenAI's own: https://openai.com/policies/row-terms-of-use (output is the user's), and usage policies (say that it is no person). */
export const openAiTerms: Voice['terms'] = free(
  "OpenAI's terms (listeners must be told that no person speaks)",
);

/** The terms of a model's speech: as the user says, else as far as they are known. */
export function findVoiceTerms(
  model: string | undefined,
  said: { readonly licence?: string | undefined; readonly mayEarnMoney?: boolean | undefined },
  usual: Voice['terms'] | undefined = undefined,
): Voice['terms'] {
  const found = model === undefined ? undefined : known.find(([name]) => name.test(model))?.[1];
  const terms = usual ?? found ?? unknownTerms;
  return {
    licence: said.licence ?? terms.licence,
    mayEarnMoney: said.mayEarnMoney ?? terms.mayEarnMoney,
  };
}
