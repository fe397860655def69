import { z } from 'zod';

/** What can speak. */
export const voiceKinds = ['carried', 'coqui', 'openai', 'kokoro', 'piper', 'local'] as const;
type VoiceKind = (typeof voiceKinds)[number];

/** Which kinds a setting means something to; of those not named, all do. */
const kindsOf: Readonly<Record<string, readonly VoiceKind[]>> = {
  model: ['coqui', 'openai', 'kokoro', 'piper'],
  baseUrl: ['coqui', 'openai', 'kokoro', 'piper'],
  language: ['coqui', 'kokoro', 'local'],
  speed: ['openai', 'kokoro', 'piper', 'local'],
  instructions: ['openai'],
  reference: ['coqui'],
  referenceOnServer: ['coqui'],
  style: ['coqui'],
  folder: ['local'],
  licence: ['coqui', 'openai', 'kokoro', 'piper', 'local'],
  mayEarnMoney: ['coqui', 'openai', 'kokoro', 'piper', 'local'],
};

/** The settings of what speaks. */
export const voiceConfigSchema = z
  .strictObject({
    kind: z
      .enum(voiceKinds)
      .default('carried')
      .describe(
        'What speaks: the voice that comes with the program (carried), a server of coqui, openai, kokoro or piper, or a model in a folder (local)',
      ),
    name: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        'Which of its voices: slt, rms or awb of the carried ones, coral of OpenAI, a speaker of a Coqui model',
      ),
    model: z
      .string()
      .regex(/^[\w.:@-]+(?:\/[\w.:@-]+)*$/, 'a model is named like gpt-4o-mini-tts or xtts_v2')
      .max(200)
      .optional()
      .describe('The model: of Coqui the one that the server runs, whose terms are then known'),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('The address of the server; of openai up to and with /v1'),
    language: z
      .string()
      .regex(/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/, 'a language is written as the model has it: en, pt')
      .optional()
      .describe('The language to speak, as the model names it'),
    speed: z
      .number()
      .min(0.5)
      .max(2)
      .optional()
      .describe("How fast: 1 is the voice's own pace, 2 twice as fast"),
    instructions: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('How it is to be said, for models of OpenAI that are told'),
    reference: z
      .string()
      .min(1)
      .optional()
      .describe('A recording of the voice to be cloned, in which its owner agrees (docs/voices.md)'),
    referenceOnServer: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe("Where that recording lies on the server's machine, where it is another"),
    style: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .describe("A .wav on the server's machine whose manner is taken, or weights of style tokens as JSON"),
    folder: z.string().min(1).optional().describe('The folder of a local model'),
    licence: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        'Under which terms its speech may be used. Default: those of the model, where they are known',
      ),
    mayEarnMoney: z
      .boolean()
      .optional()
      .describe('Whether those terms let its speech earn money. Default: as far as they are known to'),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(120)
      .describe('How long a server may take over one sentence, in seconds'),
  })
  .superRefine((voice, context) => {
    const refuse = (path: keyof typeof voice, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    for (const [name, kinds] of Object.entries(kindsOf)) {
      if (voice[name as keyof typeof voice] === undefined || kinds.includes(voice.kind)) continue;
      refuse(
        name as keyof typeof voice,
        `voice.kind ${voice.kind} has none; it is a setting of ${kinds.join(', ')}`,
      );
    }
    if (voice.kind === 'local' && voice.folder === undefined) refuse('folder', 'it must be set for local');
    if (voice.referenceOnServer !== undefined && voice.reference === undefined)
      refuse('reference', 'the recording must be here too, to be listened to');
    if (voice.reference !== undefined && voice.name !== undefined)
      refuse('name', "a cloned voice has no name among the model's own");
    if (voice.licence !== undefined && voice.mayEarnMoney === undefined)
      refuse('mayEarnMoney', 'say too whether voice.licence lets its speech earn money');
  });
