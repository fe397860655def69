import { z } from 'zod';
import type { Moment } from '../domain/moment.ts';
import type { Post } from '../domain/post.ts';
import type { Seen } from '../domain/shot.ts';
import type { Sound } from '../domain/sound.ts';
import type { Source } from '../domain/source.ts';
import { removedStretchSchema, type RemovedStretch } from '../domain/tightening.ts';
import type { TimeRange } from '../domain/time.ts';
import type { Timeline } from '../domain/timeline.ts';
import { parseTimeline } from '../domain/timeline-parse.ts';
import type { Transcript } from '../domain/transcript.ts';
import { applyBrand } from '../stages/plan/brand.ts';
import { planTimeline } from '../stages/plan/plan.ts';
import { writePost } from '../stages/post/post.ts';
import type { FolderView, ReviewedClip } from './decide-fold.ts';
import { hashTimeline, seenAround, type FolderState } from './folder-state.ts';

/** What every clip of a source is planned with. */
export type PlanBasis = {
  readonly source: Source;
  readonly transcript: Transcript;
  readonly sound?: Sound | undefined;
  readonly seen: readonly Seen[];
  readonly planOptions: FolderState['planOptions'];
};

/** Plans one moment as `make` does, and as often as somebody changes their mind about it. Pure. */
export function planMoment(
  { source, sound, seen, planOptions, transcript }: PlanBasis,
  moment: Moment,
  keepStretches: readonly TimeRange[] = [],
): Timeline {
  const timeline = planTimeline({
    source,
    moment,
    transcript,
    seen: seenAround(seen, moment),
    sound,
    options: { ...planOptions, ...(keepStretches.length === 0 ? {} : { keepStretches }) },
  });
  const { brand } = planOptions;
  if (brand === undefined) return timeline;
  return applyBrand(timeline, brand, {
    title: moment.title,
    sourceLufs: sound?.loudness.integratedLufs,
  });
}

/** A clip as decided, and everything that is written of it. */
export type ReviewedPlan = {
  readonly timeline: Timeline;
  /** By {@link hashTimeline}. */
  readonly hash: string;
  readonly post: Post;
  /** What tightening cut out of its middle. */
  readonly removed: readonly RemovedStretch[];
};

const metadataSchema = z.object({
  pivot: z.object({ tightening: z.object({ removed: z.array(removedStretchSchema) }) }),
});

/** Plans clips of one folder, each state of them once. */
export function createPlanner(state: FolderState): (view: FolderView, clip: ReviewedClip) => ReviewedPlan {
  const plans = new Map<string, ReviewedPlan>();
  return (view, { moment, keepStretches }) => {
    const key = JSON.stringify([moment, keepStretches, view.fixes]);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const basis = { ...state, transcript: view.transcript };
    // The state lies in a folder that anybody may have written to: what it makes is checked like any document.
    const timeline = parseTimeline(planMoment(basis, moment, keepStretches));
    const metadata = metadataSchema.safeParse(timeline.metadata);
    const plan: ReviewedPlan = {
      timeline,
      hash: hashTimeline(timeline),
      post: writePost(moment, view.transcript, state.source),
      removed: metadata.success ? metadata.data.pivot.tightening.removed : [],
    };
    // A long review makes many states; the oldest is the least likely to be shown again.
    if (plans.size >= 500) plans.delete(plans.keys().next().value ?? '');
    plans.set(key, plan);
    return plan;
  };
}
