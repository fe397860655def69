import { z } from 'zod';

/** What made something that is not a recording, and what may be done with it. Travels with the file in every document. */
export const provenanceSchema = z.strictObject({
  kind: z.enum(['speech', 'picture', 'music', 'screenshot']),
  /** What made it, as its adapter names itself: `flite-2.3:slt`, `openai:gpt-image-2`, `composer-1`. */
  madeBy: z.string().min(1).max(200),
  /** Under which terms it may be used: an SPDX name, or the name of the terms. */
  licence: z.string().min(1).max(200),
  /** False where those terms forbid it: the gate says so before a channel that earns money posts it. */
  mayEarnMoney: z.boolean(),
  /** Whether a machine made up what is heard or seen. A screenshot and composed notes are not. */
  isSynthetic: z.boolean(),
  /** Whether somebody could take it for a real person, place or event: platforms want that marked. */
  isRealistic: z.boolean(),
  /** What it was made from, of the creator's own: ms of each source, half-open. */
  from: z
    .array(
      z.strictObject({
        contentHash: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
        startMs: z.int().nonnegative(),
        endMs: z.int().nonnegative(),
      }),
    )
    .max(1000)
    .optional(),
});
/** What made something that is not a recording, and what may be done with it. */
export type Provenance = Readonly<z.infer<typeof provenanceSchema>>;
