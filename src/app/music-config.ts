import { z } from 'zod';

/** The settings of what makes music. */
export const musicConfigSchema = z
  .strictObject({
    kind: z
      .enum(['composer', 'local', 'server'])
      .default('composer')
      .describe('What makes music: the composer, a MusicGen model in a folder (local), or a server of one'),
    folder: z.string().min(1).optional().describe('The folder of a local MusicGen model'),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('The address of a music server'),
    protocol: z
      .enum(['sound-generation', 'inference', 'cog'])
      .default('sound-generation')
      .describe(
        'How the server is asked: sound-generation (LocalAI), inference (Hugging Face) or cog (containers of meta/musicgen)',
      ),
    model: z
      .string()
      .regex(/^[\w.:@-]+(?:\/[\w.:@-]+)*$/, 'a model is named like facebook/musicgen-small')
      .max(200)
      .optional()
      .describe('What the server calls the model'),
    licence: z
      .string()
      .min(1)
      .max(200)
      .default('CC-BY-NC-4.0')
      .describe("Under which terms a model's music may be used: MusicGen's weights are not for earning"),
    mayEarnMoney: z.boolean().default(false).describe("Whether those terms let a model's music earn money"),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(600)
      .describe('How long a server may take over one answer, in seconds'),
  })
  .superRefine((music, context) => {
    const refuse = (path: keyof typeof music, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (music.kind === 'local' && music.folder === undefined) refuse('folder', 'it must be set for local');
    if (music.kind !== 'local' && music.folder !== undefined)
      refuse('folder', 'only a local model has a folder (music.kind)');
    if (music.kind === 'server' && music.baseUrl === undefined)
      refuse('baseUrl', 'it must be set for a server');
    if (music.kind !== 'server' && music.baseUrl !== undefined)
      refuse('baseUrl', 'only a server has an address (music.kind)');
  });
