import { z } from 'zod';

/** What a created short is illustrated with. */
export const imageKinds = ['screenshots', 'openai'] as const;

/** How generated pictures look. */
export const imageLooks = ['illustration', 'collage', 'photograph'] as const;

/** The settings of the pictures of created shorts. */
export const imagesConfigSchema = z
  .strictObject({
    kind: z
      .enum(imageKinds)
      .default('screenshots')
      .describe("The pictures of a created short: the sources' own, or of OpenAI's image models (openai)"),
    model: z
      .string()
      .regex(/^[\w.:@-]+(?:\/[\w.:@-]+)*$/, 'a model is named like gpt-image-2')
      .max(200)
      .default('gpt-image-2')
      .describe('The image model'),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://api.openai.com/v1')
      .describe('The address of the image model, up to and with /v1'),
    size: z
      .union([z.literal('auto'), z.string().regex(/^\d{2,5}x\d{2,5}$/, 'a size is written like 1024x1536')])
      .default('auto')
      .describe('How large pictures are made: auto takes the size of the model that fits best'),
    quality: z
      .enum(['auto', 'low', 'medium', 'high', 'standard', 'hd'])
      .default('medium')
      .describe('How well: low, medium or high; of DALL·E 3 standard or hd; auto leaves it to the model'),
    look: z
      .enum(imageLooks)
      .default('illustration')
      .describe('What they look like; photographs are marked as realistic synthetic media'),
    fromScreenshots: z
      .boolean()
      .default(true)
      .describe(
        "Whether they are edited from the sources' own pictures (which are sent), or made of words alone",
      ),
    licence: z
      .string()
      .min(1)
      .max(200)
      .default("The image service's terms")
      .describe('Under which terms the pictures may be used'),
    mayEarnMoney: z.boolean().default(true).describe('Whether those terms let the pictures earn money'),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(180)
      .describe('How long one picture may take, in seconds'),
  })
  .superRefine((images, context) => {
    const { username, password } = new URL(images.baseUrl);
    if (username === '' && password === '') return;
    context.addIssue({
      code: 'custom',
      path: ['baseUrl'],
      message: 'a key goes into the variable PATTERNPIVOT_IMAGES_API_KEY, not into the address',
    });
  });
