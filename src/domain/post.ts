import { z } from 'zod';
import { reasonSchema } from './moment.ts';
import { variationSchema } from './queue.ts';
import { provenanceSchema } from './provenance.ts';
import { timeRangeSchema } from './time.ts';

/** What goes with a clip when it is posted, and where it came from: the document beside each clip. */
export const postSchema = z.strictObject({
  version: z.literal(1),
  title: z.string().min(1).max(100),
  description: z.string().max(5000),
  tags: z.array(z.string().min(1).max(60)).max(15),
  source: z.strictObject({
    /** File name of the source, without its folder. */
    name: z.string(),
    contentHash: z.string(),
    range: timeRangeSchema,
    /** The words of the clip, and those just around it. */
    before: z.string(),
    words: z.string(),
    after: z.string(),
  }),
  /** Of a film made of several sources: what is heard of each, in its order. `source` is then the first of them. */
  sources: z
    .array(
      z.strictObject({
        title: z.string(),
        name: z.string(),
        /** The http(s) address that it came from, where there is one. */
        address: z.string().optional(),
        contentHash: z.string(),
        /** What is heard of it, in its own time, and when in the film. Ms, half-open. */
        range: timeRangeSchema,
        at: timeRangeSchema,
        words: z.string(),
        /** What it does in the film, and why it stands there; left out where nobody chose. */
        role: z.enum(['hook', 'build', 'payoff']).optional(),
        why: z.string(),
      }),
    )
    .optional(),
  score: z.number().min(0).max(1),
  /** Why it was chosen, in one sentence. */
  why: z.string(),
  reasons: z.array(reasonSchema),
  /** Who wrote the title and chose the rank: the words alone, or a chat model by name. */
  chosenBy: z.string(),
  /** Whether platforms must be told that a machine made up what could be taken for real: a voice, a realistic picture. */
  containsSyntheticMedia: z.boolean().optional(),
  /** What in it is no recording, and under which terms: each once. */
  made: z
    .array(provenanceSchema.omit({ from: true }))
    .max(50)
    .optional(),
  /** The clip that this is a variation of, by its timeline's content hash, and what is different. */
  variation: variationSchema.optional(),
});
export type Post = Readonly<z.infer<typeof postSchema>>;
