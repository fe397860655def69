import { z } from 'zod';

/** What a written short is built like. */
export const scriptFormats = ['explainer', 'list', 'story', 'myth', 'question'] as const;
/** One of them. */
export type ScriptFormat = (typeof scriptFormats)[number];

/** Where something was said: ms of a library's asset, half-open. */
export const receiptSchema = z.strictObject({
  assetId: z.string().regex(/^[0-9a-f]{16}$/u),
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
});
export type Receipt = Readonly<z.infer<typeof receiptSchema>>;

/** A sentence that will be spoken. */
export const scriptLineSchema = z.strictObject({
  text: z.string().min(1).max(600),
  role: z.enum(['hook', 'build', 'payoff']),
  /** The passages that say so; empty for a line that claims nothing. */
  receipts: z.array(receiptSchema).max(10),
});
export type ScriptLine = Readonly<z.infer<typeof scriptLineSchema>>;

/** What is looked at when a script is judged. */
export const rubricNames = ['hook', 'one-idea', 'spoken', 'grounded', 'length', 'ending'] as const;

/** How one point of the rubric fared. */
export const rubricFindingSchema = z.strictObject({
  name: z.enum(rubricNames),
  isMet: z.boolean(),
  /** Said by the model, or measured by us. */
  by: z.enum(['model', 'measure']),
  note: z.string().max(1000),
});
export type RubricFinding = Readonly<z.infer<typeof rubricFindingSchema>>;

/** A script and how it came about: `script.json`. */
export const scriptSchema = z.strictObject({
  version: z.literal(1),
  topic: z.string().min(1).max(500),
  format: z.enum(scriptFormats),
  title: z.string().min(1).max(100),
  description: z.string().max(5000),
  tags: z.array(z.string().min(1).max(100)).max(30),
  /** `extractive`: the creator's own sentences, ordered and joined; `written`: by a model, from passages. */
  way: z.enum(['extractive', 'written']),
  /** The chat model; left out for an extractive one. */
  model: z.string().max(200).optional(),
  lines: z.array(scriptLineSchema).min(1).max(100),
  /** How long it is when spoken, by the voice's own pace. */
  spokenMs: z.int().positive(),
  /** Every draft, in order, with what was found wrong with it. */
  rounds: z.array(
    z.strictObject({
      lines: z.array(scriptLineSchema),
      findings: z.array(rubricFindingSchema),
      struck: z.array(z.string()),
    }),
  ),
});
export type Script = Readonly<z.infer<typeof scriptSchema>>;
