import { z } from 'zod';
import { loudnessSchema } from './sound.ts';

/** One thing that was measured on a finished file: what it is, what was allowed, and whether it is so. */
export const findingSchema = z.strictObject({
  /** `duration`, `size`, `frame_rate`, `black`, `frozen`, `silent`, `loudness`, `true_peak`, `safe_box`, `av_offset`, `words`, … */
  rule: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  /** For a person: the measured value, the limit and, where it failed, what to do. */
  text: z.string(),
  /** The measured value with its unit in `unit`, where there is one. */
  value: z.number().optional(),
  unit: z.string().optional(),
  /** Where in the file, in ms. */
  startMs: z.int().nonnegative().optional(),
  endMs: z.int().nonnegative().optional(),
});
export type Finding = Readonly<z.infer<typeof findingSchema>>;

/** The document that `pivot check` writes. */
export const checkReportSchema = z.strictObject({
  version: z.literal(1),
  status: z.enum(['passed', 'failed']),
  durationMs: z.int().nonnegative(),
  width: z.int().nonnegative(),
  height: z.int().nonnegative(),
  frameRate: z.number().nonnegative(),
  loudness: loudnessSchema.optional(),
  /** The words heard in the finished file. */
  heard: z.string(),
  findings: z.array(findingSchema),
});
export type CheckReport = Readonly<z.infer<typeof checkReportSchema>>;
