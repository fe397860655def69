import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';

/**
 * The parts of an OpenTimelineIO document that an import takes. Read leniently: schemas of every version carry what is used here,
 * and what is not known is passed over. The schema of an object is told by `OTIO_SCHEMA`, e.g. `Clip.2`.
 */

/** A time as a count of units of 1/rate s; neither need be whole. */
const rationalTimeSchema = z.looseObject({ value: z.number(), rate: z.number().positive().max(1_000_000) });
export type OtioTime = z.infer<typeof rationalTimeSchema>;

const timeRangeSchema = z.looseObject({ start_time: rationalTimeSchema, duration: rationalTimeSchema });

const metadataSchema = z.record(z.string(), z.unknown()).nullish();
const nameSchema = z.string().nullish();

const effectSchema = z.looseObject({
  OTIO_SCHEMA: z.string(),
  name: nameSchema,
  effect_name: z.string().nullish(),
  time_scalar: z.number().nullish(),
  enabled: z.boolean().nullish(),
  metadata: metadataSchema,
});

const markerSchema = z.looseObject({
  name: nameSchema,
  marked_range: timeRangeSchema.nullish(),
  metadata: metadataSchema,
});
export type OtioMarker = z.infer<typeof markerSchema>;

const mediaSchema = z.looseObject({
  OTIO_SCHEMA: z.string(),
  name: nameSchema,
  target_url: z.string().nullish(),
  available_range: timeRangeSchema.nullish(),
  metadata: metadataSchema,
});
export type OtioMedia = z.infer<typeof mediaSchema>;

const itemSchema = z.looseObject({
  OTIO_SCHEMA: z.string(),
  name: nameSchema,
  metadata: metadataSchema,
  source_range: timeRangeSchema.nullish(),
  enabled: z.boolean().nullish(),
  effects: z.array(effectSchema).nullish(),
  markers: z.array(markerSchema).nullish(),
  media_reference: mediaSchema.nullish(),
  media_references: z.record(z.string(), mediaSchema.nullable()).nullish(),
  active_media_reference_key: z.string().nullish(),
  in_offset: rationalTimeSchema.nullish(),
  out_offset: rationalTimeSchema.nullish(),
  transition_type: z.string().nullish(),
});
export type OtioItem = z.infer<typeof itemSchema>;

const trackSchema = z.looseObject({
  OTIO_SCHEMA: z.string(),
  name: nameSchema,
  kind: z.string().nullish(),
  metadata: metadataSchema,
  source_range: timeRangeSchema.nullish(),
  enabled: z.boolean().nullish(),
  children: z.array(itemSchema).nullish(),
});
export type OtioTrack = z.infer<typeof trackSchema>;

const timelineSchema = z.looseObject({
  OTIO_SCHEMA: z.string(),
  name: nameSchema,
  metadata: metadataSchema,
  tracks: z.looseObject({
    OTIO_SCHEMA: z.string(),
    markers: z.array(markerSchema).nullish(),
    children: z.array(trackSchema).nullish(),
  }),
});
export type OtioTimeline = z.infer<typeof timelineSchema>;

/** A document larger than this (in UTF-16 units) is refused. */
const maxDocumentChars = 128 * 1024 * 1024;

/** Programs write collections of timelines too: the first timeline in one is taken. */
const maxNesting = 5;

const hint = 'Export it again as OpenTimelineIO (.otio). An .otioz holds one: unpack its content.otio first.';

/** The schema's name without its version: `Clip` of `Clip.2`. */
export function schemaOf(object: { readonly OTIO_SCHEMA: string }): string {
  return object.OTIO_SCHEMA.replace(/\.\d+$/u, '');
}

/** Reads the text of an `.otio` file. @throws input.otio_invalid with the place of the mistake */
export function parseOtio(text: string): OtioTimeline {
  if (text.length > maxDocumentChars)
    throw otioInvalid(`is larger than ${maxDocumentChars / 1024 / 1024} MB`);
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/u, ''));
  } catch (error) {
    throw otioInvalid(`is not valid JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const timeline = findTimeline(json, maxNesting);
  if (timeline === undefined) throw otioInvalid('holds no timeline');
  const parsed = timelineSchema.safeParse(timeline);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw otioInvalid(`is wrong at ${issue?.path.join('.') ?? 'its root'}: ${issue?.message ?? 'not known'}`);
}

function findTimeline(json: unknown, depth: number): unknown {
  if (typeof json !== 'object' || json === null || depth === 0) return undefined;
  const { OTIO_SCHEMA: schema, children } = json as { OTIO_SCHEMA?: unknown; children?: unknown };
  if (typeof schema !== 'string') return undefined;
  if (/^Timeline\.\d+$/u.test(schema)) return json;
  if (!/^SerializableCollection\.\d+$/u.test(schema) || !Array.isArray(children)) return undefined;
  for (const child of children) {
    const found = findTimeline(child, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function otioInvalid(what: string, cause?: unknown): PatternPivotError {
  return new PatternPivotError('input.otio_invalid', `The OpenTimelineIO document ${what}.`, { hint, cause });
}
