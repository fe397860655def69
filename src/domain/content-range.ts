import { z } from 'zod';
import { frameToMs, type TimeRange } from './time.ts';
import type { Timeline } from './timeline.ts';

/** Where a timeline shows the clip itself, between an intro and an outro. Frames, half-open. */
export type ContentRange = { readonly startFrame: number; readonly endFrame: number };

const markSchema = z.object({
  pivot: z.object({ content: z.object({ startFrame: z.int().nonnegative(), endFrame: z.int().positive() }) }),
});

/** The part of a timeline that its metadata marks as the clip itself (`pivot.content`); without a sensible mark all of it. */
export function contentRange(timeline: Timeline): ContentRange {
  const whole = { startFrame: 0, endFrame: timeline.durationFrames };
  const parsed = markSchema.safeParse(timeline.metadata);
  if (!parsed.success) return whole;
  const { startFrame, endFrame } = parsed.data.pivot.content;
  return startFrame < endFrame && endFrame <= timeline.durationFrames ? { startFrame, endFrame } : whole;
}

/** The same in ms of the timeline. */
export function contentRangeMs(timeline: Timeline): TimeRange {
  const { startFrame, endFrame } = contentRange(timeline);
  return {
    startMs: frameToMs(startFrame, timeline.frameRate),
    endMs: frameToMs(endFrame, timeline.frameRate),
  };
}
