import { z } from 'zod';
import { aspectNames, aspects, layoutNames } from '../domain/aspect.ts';
import { captionStyleNames } from '../domain/caption-style.ts';
import { audiogramLooks } from '../domain/timeline.ts';
import { punchInModes, tightenModes } from '../domain/tightening.ts';
import { budgetsConfigSchema, costsConfigSchema, pricesConfigSchema } from './costs-config.ts';
import { embedderConfigSchema } from './embedder-config.ts';
import { imagesConfigSchema } from './images-config.ts';
import { musicConfigSchema } from './music-config.ts';
import { publishConfigSchema } from './publish-config.ts';
import { recordsConfigSchema } from './records-config.ts';
import { screenshotsConfigSchema } from './screenshots-config.ts';
import { youtubeConfigSchema } from './youtube-config.ts';
import { ytDlpConfigSchema } from './yt-dlp-config.ts';
import { vectorsConfigSchema } from './vectors-config.ts';
import { voiceConfigSchema } from './voice-config.ts';

/** Everything that can be set, in `pivot.config.json`, by a `PATTERNPIVOT_…` variable or by a flag: the one schema. */
export const configSchema = z.strictObject({
  workspace: z
    .string()
    .min(1)
    .optional()
    .describe('The folder of the cache and the database. Default: the cache folder of the system'),
  out: z.string().min(1).default('clips').describe('The folder that gets a folder of clips for each source'),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'a language is written like en or pt-BR')
    .optional()
    .describe('The language that is spoken, as a BCP 47 tag. Default: what the file says, else English'),
  glossary: z
    .array(z.string().min(1).max(100))
    .max(1000)
    .default([])
    .describe('Names and terms with their right spelling'),
  clips: z
    .strictObject({
      count: z.int().min(1).max(50).default(5).describe('How many clips to make of a source'),
      minSeconds: z.number().min(3).max(600).default(15).describe('The shortest clip, in seconds'),
      maxSeconds: z.number().min(3).max(600).default(60).describe('The longest clip, in seconds'),
    })
    .refine((clips) => clips.maxSeconds >= clips.minSeconds, {
      path: ['maxSeconds'],
      error: 'the longest clip is shorter than the shortest (clips.minSeconds)',
    })
    .prefault({}),
  captions: z
    .strictObject({
      style: z
        .string()
        .min(1)
        .default('pop')
        .describe(`The style of the captions: ${captionStyleNames.join(', ')}, or the JSON file of one`),
      emphasis: z.boolean().default(true).describe('Whether key words are set apart where a style does so'),
    })
    .prefault({}),
  topic: z.string().min(1).max(500).optional().describe('What the clips should be about'),
  brand: z.string().min(1).optional().describe('The brand.json whose looks the clips get'),
  edit: z
    .strictObject({
      tighten: z
        .enum(tightenModes)
        .default('off')
        .describe('How much air between words is cut: off, natural or fast'),
      punchIn: z
        .enum(punchInModes)
        .default('subtle')
        .describe('How far the picture zooms in after a jump cut: off, subtle or strong'),
    })
    .prefault({}),
  fonts: z
    .strictObject({
      download: z
        .boolean()
        .default(true)
        .describe('Whether fonts of large scripts (Chinese, Japanese, Korean) are fetched when first needed'),
      registry: z
        .url({ protocol: /^https?$/ })
        .default('https://registry.npmjs.org')
        .describe('The npm registry that they are fetched from'),
    })
    .prefault({}),
  fetch: z
    .strictObject({
      maxGigabytes: z
        .number()
        .positive()
        .max(1000)
        .default(50)
        .describe('The largest file that is fetched from an http(s) address, in GB'),
    })
    .prefault({}),
  covers: z
    .strictObject({
      title: z.boolean().default(false).describe('Whether covers carry the title of their clip'),
    })
    .prefault({}),
  library: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe('The folder of the library. Default: the data folder of the system'),
      chunkChars: z
        .int()
        .min(100)
        .max(4000)
        .default(400)
        .describe('How long a passage that is found may be, in characters'),
      chunkOverlapSentences: z
        .int()
        .min(0)
        .max(5)
        .default(1)
        .describe('How many sentences a passage shares with the one before it'),
    })
    .prefault({}),
  embedder: embedderConfigSchema.prefault({}),
  images: imagesConfigSchema.prefault({}),
  music: musicConfigSchema.prefault({}),
  records: recordsConfigSchema.prefault({}),
  youtube: youtubeConfigSchema.prefault({}),
  publish: publishConfigSchema.prefault({}),
  ytDlp: ytDlpConfigSchema.prefault({}),
  screenshots: screenshotsConfigSchema.prefault({}),
  budgets: budgetsConfigSchema.prefault({}),
  prices: pricesConfigSchema
    .default({})
    .describe(
      'What things cost in USD, by service and model: {"openai/gpt-5-mini": {"perMillionInputTokens": 1}}',
    ),
  costs: costsConfigSchema.prefault({}),
  vectors: vectorsConfigSchema.prefault({}),
  voice: voiceConfigSchema.prefault({}),
  chat: z
    .strictObject({
      model: z
        .string()
        .min(1)
        .optional()
        .describe('A chat model that ranks moments and writes titles. None is asked unless this is set'),
      baseUrl: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('The address of an OpenAI-compatible server. Default: https://api.openai.com/v1'),
    })
    .refine((chat) => chat.baseUrl === undefined || chat.model !== undefined, {
      path: ['model'],
      error: 'chat.baseUrl is set, but no chat.model to ask there',
    })
    .prefault({}),
  render: z
    .strictObject({
      aspect: z
        .enum(aspectNames)
        .optional()
        .describe('The shape of the clips: 9:16, 4:5, 1:1 or 16:9. It comes before width and height'),
      layout: z
        .enum(layoutNames)
        .default('auto')
        .describe(
          'How a picture of another shape comes in: as what is in it asks for, or fill, split, screen, fit',
        ),
      focus: z
        .string()
        .regex(/^(?:left|center|right|p[1-9]\d{0,2})$/u, 'left, center, right, or a person: p1')
        .optional()
        .describe(
          'Whom the camera prefers: left, center, right, or a person of pivot frame. Default: whoever speaks',
        ),
      audiogram: z.enum(audiogramLooks).default('waveform').describe('How sound without a picture is drawn'),
      width: z.int().min(64).max(4096).multipleOf(2).default(1080).describe('Width of a clip, in pixels'),
      height: z.int().min(64).max(4096).multipleOf(2).default(1920).describe('Height of a clip, in pixels'),
    })
    .prefault({}),
});

/** The whole configuration, every default filled in. */
export type Config = Readonly<z.infer<typeof configSchema>>;

/** The canvas that a configuration asks for, in px: an aspect comes before a width and a height. */
export function canvasOf({ render }: Config): { readonly width: number; readonly height: number } {
  return render.aspect === undefined
    ? { width: render.width, height: render.height }
    : aspects[render.aspect];
}

/** One thing that can be set. */
export type Setting = {
  /** Its place in the file: `clips.minSeconds`. */
  readonly name: string;
  /** Its variable: `PATTERNPIVOT_CLIPS_MIN_SECONDS`. */
  readonly variable: string;
  readonly type: 'string' | 'number' | 'boolean' | 'list';
  readonly description: string;
};

type JsonSchema = { type?: string; description?: string; properties?: Record<string, JsonSchema> };

/** Every setting, drawn from the schema, in its order. */
export function listSettings(): Setting[] {
  const walk = (schema: JsonSchema, path: readonly string[]): Setting[] =>
    Object.entries(schema.properties ?? {}).flatMap(([key, child]): Setting[] => {
      const place = [...path, key];
      if (child.type === 'object') return walk(child, place);
      const words = place.map((part) => part.replace(/[A-Z]/g, '_$&').toUpperCase());
      return [
        {
          name: place.join('.'),
          variable: `PATTERNPIVOT_${words.join('_')}`,
          type: settingType(child.type),
          description: child.description ?? '',
        },
      ];
    });
  return walk(z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema, []);
}

function settingType(type: string | undefined): Setting['type'] {
  if (type === 'array') return 'list';
  return type === 'string' || type === 'boolean' ? type : 'number';
}
