import type { Clip, Timeline } from '../../domain/timeline.ts';
import { cropAt } from '../render/crop-path.ts';

/** The frames `startFrame` to `endFrame` (half-open) of a timeline, as a timeline of their own. */
export function keepFrames(timeline: Timeline, startFrame: number, endFrame: number): Timeline {
  const end = Math.min(endFrame, timeline.durationFrames);
  return {
    ...timeline,
    durationFrames: Math.max(1, end - startFrame),
    transitions: [],
    tracks: timeline.tracks.map((track) => ({
      ...track,
      clips: track.clips
        .filter((clip) => clip.startFrame < end && startFrame < clip.startFrame + clip.durationFrames)
        .map((clip) => cutClip(clip, startFrame, end)),
    })),
  };
}

function cutClip(clip: Clip, startFrame: number, endFrame: number): Clip {
  const head = Math.max(0, startFrame - clip.startFrame);
  const clipEnd = Math.min(endFrame, clip.startFrame + clip.durationFrames);
  const durationFrames = clipEnd - clip.startFrame - head;
  return {
    ...clip,
    startFrame: Math.max(0, clip.startFrame - startFrame),
    durationFrames,
    sourceStartFrame: clip.sourceStartFrame + Math.floor((head * clip.speed.num) / clip.speed.den),
    effects: clip.effects.map((effect) => {
      const first = effect.kind === 'crop' ? cropAt(effect, head) : undefined;
      if (effect.kind !== 'crop' || first === undefined) return effect;
      const later = effect.keyframes
        .filter((key) => key.frame > head && key.frame < head + durationFrames)
        .map(({ frame, x, y, width, height }) => ({ frame: frame - head, x, y, width, height }));
      // The way to the next keyframe may end beyond what is kept: its place at the last frame stands for it.
      const lastFrame = durationFrames - 1;
      const last = later.at(-1)?.frame === lastFrame ? undefined : cropAt(effect, head + lastFrame);
      const tail = last === undefined || lastFrame === 0 ? [] : [{ ...last, frame: lastFrame }];
      return { kind: 'crop', keyframes: [{ ...first, frame: 0 }, ...later, ...tail] };
    }),
  };
}
