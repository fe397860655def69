import { z } from 'zod';

/** Why a moment scored as it did: one feature, what it measured, and a sentence for a person. */
export const reasonSchema = z.strictObject({
  feature: z.string(),
  /** The feature's own value, 0 to 1 unless its docstring says otherwise. */
  value: z.number(),
  /** What it added to (or took from) the score. */
  contribution: z.number(),
  text: z.string(),
});
export type Reason = Readonly<z.infer<typeof reasonSchema>>;

/** A stretch of the source worth cutting out: on sentence bounds, scored 0 to 1, with its reasons. Times are ms, half-open. */
export const momentSchema = z.strictObject({
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  score: z.number().min(0).max(1),
  reasons: z.array(reasonSchema),
  /** Sentences `sentenceStart` to `sentenceEnd` (half-open) of the transcript. */
  sentenceStart: z.int().nonnegative(),
  sentenceEnd: z.int().nonnegative(),
  text: z.string(),
  title: z.string(),
  /** Who wrote the title and chose the rank: the words alone, or a chat model by name. */
  chosenBy: z.string(),
});
export type Moment = Readonly<z.infer<typeof momentSchema>>;

/** How interesting each stretch of the whole source is, 0 to 1; a value a sentence or finer. Times are ms, half-open. */
export const interestPointSchema = z.strictObject({
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  score: z.number().min(0).max(1),
});
export type InterestPoint = Readonly<z.infer<typeof interestPointSchema>>;

/** The document that `pivot moments` writes. */
export const momentsSchema = z.strictObject({
  version: z.literal(1),
  moments: z.array(momentSchema),
  interest: z.array(interestPointSchema),
  /** What a reader should know: a model that failed, why there are fewer than asked for. */
  notes: z.array(z.string()),
});
export type Moments = Readonly<z.infer<typeof momentsSchema>>;
