import { z } from 'zod';

/** The settings of what speaks. */
export const voiceConfigSchema = z.strictObject({
  kind: z.enum(['carried']).default('carried').describe('What speaks: the voice that comes with the program'),
  name: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Which of its voices. Of the carried ones slt (a woman; the default), rms or awb (men)'),
});
