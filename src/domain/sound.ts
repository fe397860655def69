import { z } from 'zod';
import { timeRangeSchema } from './time.ts';

/** Loudness of a stretch of sound by EBU R128 (https://tech.ebu.ch/publications/r128). Silence is −70 LUFS. */
export const loudnessSchema = z.strictObject({
  integratedLufs: z.number(),
  /** Highest true peak, in dB relative to full scale, four times oversampled. */
  truePeakDbtp: z.number(),
  /** Loudness range, in LU. */
  rangeLu: z.number(),
});
export type Loudness = Readonly<z.infer<typeof loudnessSchema>>;

/** What the ear alone can tell of a source: the result of one streamed pass over its audio. */
export const soundSchema = z.strictObject({
  durationMs: z.int().nonnegative(),
  loudness: loudnessSchema,
  /** Root mean square level of each window of `envelopeWindowMs`, in dB relative to full scale, −100 at least. */
  envelopeDbfs: z.array(z.number()),
  envelopeWindowMs: z.int().positive(),
  /** Where the voice activity detector heard speech, sorted, in ms. */
  speech: z.array(timeRangeSchema),
});
export type Sound = Readonly<z.infer<typeof soundSchema>>;
