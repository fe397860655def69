import { z } from 'zod';
import type { Focus } from '../domain/framing.ts';
import type { ClipPlan } from './make-request.ts';

const framedSchema = z.object({
  pivot: z.object({ framing: z.array(z.object({ people: z.array(z.string()) })) }),
});

/** What a user should know who asked for a person by name: in which clips nobody is called that, and who there is. */
export function focusNotes(plans: readonly ClipPlan[], focus: Focus | undefined): string[] {
  if (focus === undefined || ['left', 'center', 'right'].includes(focus)) return [];
  return plans.flatMap(({ name, timeline }) => {
    const framed = framedSchema.safeParse(timeline.metadata);
    if (!framed.success) return [];
    const people = new Set(framed.data.pivot.framing.flatMap((stretch) => stretch.people));
    if (people.has(focus)) return [];
    const known =
      people.size === 0 ? 'no face was found' : `there the camera is on ${[...people].join(', ')}`;
    return [`Nobody in ${name} is called ${focus}: ${known}. Names hold for one clip each.`];
  });
}
