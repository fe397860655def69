import { PatternPivotError } from '../../domain/errors.ts';
import type { Clip, Timeline, Track } from '../../domain/timeline.ts';

/** A track as a chain of pieces that lie end to end and overlap where one fades into the next. Units: frames. */

/** A stretch of a track: a clip with what it lends to the cuts around it, or nothing. */
export type Segment =
  | { readonly kind: 'gap'; readonly durationFrames: number }
  | {
      readonly kind: 'clip';
      readonly clip: Clip;
      /** Frames of the clip's handles, before its start and after its end, that a transition uses. */
      readonly headFrames: number;
      readonly tailFrames: number;
      /** Whether a clip ends exactly where this one starts, and the other way round. */
      readonly touchesPrevious: boolean;
      readonly touchesNext: boolean;
    };

/** The pieces of a track from the timeline's start to its end. @throws input.transition_no_handle */
export function listSegments(timeline: Timeline, track: Track): Segment[] {
  const segments: Segment[] = [];
  let cursorFrame = 0;
  for (const [index, clip] of track.clips.entries()) {
    if (clip.startFrame > cursorFrame) {
      segments.push({ kind: 'gap', durationFrames: clip.startFrame - cursorFrame });
    }
    const endFrame = clip.startFrame + clip.durationFrames;
    const into = findTransition(timeline, track, track.clips[index - 1]?.id, clip.id);
    const outOf = findTransition(timeline, track, clip.id, track.clips[index + 1]?.id);
    segments.push({
      kind: 'clip',
      clip,
      headFrames: lendHead(clip, into),
      tailFrames: outOf - Math.floor(outOf / 2),
      touchesPrevious: index > 0 && clip.startFrame === cursorFrame,
      touchesNext: track.clips[index + 1]?.startFrame === endFrame,
    });
    cursorFrame = endFrame;
  }
  if (cursorFrame < timeline.durationFrames) {
    segments.push({ kind: 'gap', durationFrames: timeline.durationFrames - cursorFrame });
  }
  return segments;
}

/** Half of a transition lies before the cut: frames that the second clip has before its start. */
function lendHead(clip: Clip, transitionFrames: number): number {
  const headFrames = Math.floor(transitionFrames / 2);
  const neededFrames = (headFrames * clip.speed.num) / clip.speed.den;
  if (neededFrames <= clip.sourceStartFrame) return headFrames;
  throw new PatternPivotError(
    'input.transition_no_handle',
    `Clip "${clip.id}" has ${clip.sourceStartFrame} frames before its start, and its transition needs ${Math.ceil(neededFrames)}.`,
    {
      hint: 'Shorten the transition or let the clip start later in its source.',
      context: { clipId: clip.id },
    },
  );
}

function findTransition(
  timeline: Timeline,
  track: Track,
  fromClipId: string | undefined,
  toClipId: string | undefined,
): number {
  const found = timeline.transitions.find(
    (transition) =>
      transition.trackId === track.id &&
      transition.fromClipId === fromClipId &&
      transition.toClipId === toClipId,
  );
  return found?.durationFrames ?? 0;
}
