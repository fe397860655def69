import { z } from 'zod';

/** The sentence model that a library is searched with by meaning, where the carried one is not wanted. */
export const defaultLocalModel = 'WhereIsAI/UAE-Large-V1';

const httpUrl = z.url({ protocol: /^https?$/ });

/** The settings of the embedder, which a library is searched with by meaning. */
export const embedderConfigSchema = z
  .strictObject({
    kind: z
      .enum(['carried', 'local', 'tei', 'openai'])
      .default('carried')
      .describe(
        'What turns passages into meanings: the carried model, a local model, a text-embeddings server (tei), or an OpenAI-compatible one',
      ),
    model: z
      .string()
      .regex(/^[\w.:@-]+(?:\/[\w.:@-]+)*$/, 'a model is named like WhereIsAI/UAE-Large-V1')
      .max(200)
      .optional()
      .describe(`The name of the model. Default for a local one: ${defaultLocalModel}`),
    folder: z
      .string()
      .min(1)
      .optional()
      .describe('The folder of a local model, instead of one that is downloaded'),
    hub: httpUrl
      .default('https://huggingface.co')
      .describe('The hub that a local model is downloaded from, or a mirror of it'),
    quantised: z
      .boolean()
      .default(true)
      .describe('Whether a local model is taken in its small form, a quarter of the size'),
    baseUrl: httpUrl
      .optional()
      .describe('The address of the server. Default for openai: https://api.openai.com/v1'),
    dimensions: z
      .int()
      .min(1)
      .max(65_536)
      .optional()
      .describe('How many numbers a meaning has. Default: as many as the model gives'),
    queryPrompt: z
      .string()
      .max(1000)
      .optional()
      .describe(
        'What is put before a question, for models that want that. Default: as the model is known to want',
      ),
  })
  .superRefine((embedder, context) => {
    const refuse = (path: keyof typeof embedder, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const isServer = embedder.kind === 'tei' || embedder.kind === 'openai';
    if (isServer && embedder.model === undefined) refuse('model', 'it must be set for a server');
    if (embedder.kind === 'tei' && embedder.baseUrl === undefined)
      refuse('baseUrl', 'it must be set for tei');
    if (!isServer && embedder.baseUrl !== undefined)
      refuse('baseUrl', 'only a server (tei, openai) has an address');
    if (embedder.kind !== 'local' && embedder.folder !== undefined) {
      refuse('folder', 'only a local model has a folder (embedder.kind)');
    }
    if (embedder.kind === 'carried' && embedder.model !== undefined) {
      refuse('model', 'the carried model is the only one of its kind (embedder.kind)');
    }
  });
