import { z } from 'zod';
import { fixSchema } from './fix.ts';
import { momentSchema } from './moment.ts';
import { removedStretchSchema } from './tightening.ts';

/**
 * What a person decided about the clips of one source: a line of JSON each in `decisions.jsonl`, never changed and never
 * removed. They hold the moment with its score and reasons as it was when it was judged: a finder learns from them.
 */

const common = {
  version: z.literal(1),
  id: z.string().min(1).max(64),
  /** ISO 8601 in UTC. */
  at: z.iso.datetime(),
};

/** The clip by its name, and its moment before the decision. */
const aboutClip = { ...common, clip: z.string().min(1).max(255), moment: momentSchema };

/** The schema of one line. */
export const decisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('keep'), ...aboutClip }),
  z.strictObject({ kind: z.literal('reject'), ...aboutClip }),
  /** This clip stays whatever a later run finds; one that was not there comes in. */
  z.strictObject({ kind: z.literal('pin'), ...aboutClip }),
  /** Another moment instead. */
  z.strictObject({
    kind: z.literal('replace'),
    ...aboutClip,
    detail: z.strictObject({ clip: z.string().min(1).max(255), moment: momentSchema }),
  }),
  /** Other ends; `detail` is the moment from then on. */
  z.strictObject({ kind: z.literal('trim'), ...aboutClip, detail: z.strictObject({ moment: momentSchema }) }),
  /** A stretch that tightening cut out comes back. */
  z.strictObject({ kind: z.literal('restore'), ...aboutClip, detail: removedStretchSchema }),
  /** Holds for the whole source. */
  z.strictObject({ kind: z.literal('fix'), ...common, detail: fixSchema }),
  /** The decision of that id counts no longer. */
  z.strictObject({ kind: z.literal('undo'), ...common, detail: z.strictObject({ id: z.string() }) }),
]);
export type Decision = Readonly<z.infer<typeof decisionSchema>>;

/** The decisions that still count, in their order: without those that were undone, and without the undoing itself. */
export function listEffective(decisions: readonly Decision[]): Exclude<Decision, { kind: 'undo' }>[] {
  const undone = new Set<string>();
  for (const decision of decisions.toReversed()) {
    if (decision.kind === 'undo' && !undone.has(decision.id)) undone.add(decision.detail.id);
  }
  return decisions.filter((decision) => decision.kind !== 'undo').filter(({ id }) => !undone.has(id));
}
