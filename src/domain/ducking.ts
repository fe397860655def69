import { frameToMs, mergeRanges, type TimeRange } from './time.ts';
import type { Effect, Timeline } from './timeline.ts';

/** How music makes way for a voice: where the voice is heard in the timeline, and how loud the music is meanwhile. Pure. */

/** The effect that makes a clip softer while another track speaks. */
export type Duck = Extract<Effect, { kind: 'duck' }>;

/** The gain of a sound at a time of the timeline; between two of them it goes over smoothly. */
export type GainPoint = { readonly atMs: number; readonly gainDb: number };

/**
 * Between two words that are so near to each other, beside the time that going up and down takes, the sound stays low, in ms: music that
 * comes up for a breath is heard as pumping.
 */
const leastOpenMs = 700;

/** A word's end as measured is where its last sound begins to fade, so the sound stays low for so long, in ms. */
const holdMs = 120;

/**
 * When something is said on a track, in ms of the timeline, in order: by the captions' words that come from its clips' assets; where there
 * are none, as long as its clips play.
 */
export function spokenRanges(timeline: Timeline, trackId: string): TimeRange[] {
  const clips = timeline.tracks.find(({ id }) => id === trackId)?.clips ?? [];
  const assetIds = new Set(clips.map(({ assetId }) => assetId));
  const words = timeline.captions.cues
    .flatMap((cue) => cue.words)
    .filter((word) => assetIds.has(word.assetId) && word.endMs > word.startMs);
  if (words.length > 0) return mergeRanges(words.map(({ startMs, endMs }) => ({ startMs, endMs })));
  const { frameRate } = timeline;
  return mergeRanges(
    clips.map(({ startFrame, durationFrames }) => ({
      startMs: frameToMs(startFrame, frameRate),
      endMs: frameToMs(startFrame + durationFrames, frameRate),
    })),
  );
}

/** The gain over time of a sound that makes way for what is spoken. In order; before the first point and after the last it stays. */
export function duckLine(spoken: readonly TimeRange[], duck: Duck): GainPoint[] {
  const { attackMs, releaseMs, depthDb } = duck;
  const points: GainPoint[] = [];
  for (const { startMs, endMs } of mergeRanges(spoken, attackMs + releaseMs + holdMs + leastOpenMs)) {
    // Down before the first word: what comes down with it covers its beginning.
    if (startMs - attackMs > 0) points.push({ atMs: startMs - attackMs, gainDb: 0 });
    points.push(
      { atMs: startMs, gainDb: -depthDb },
      { atMs: endMs + holdMs, gainDb: -depthDb },
      { atMs: endMs + holdMs + releaseMs, gainDb: 0 },
    );
  }
  return points;
}

/** When each duck of a timeline is down, by the track it makes way for: what its sound depends on beside its tracks. */
export function listDucked(timeline: Timeline): Record<string, TimeRange[]> | undefined {
  const under = new Set(
    timeline.tracks.flatMap(({ clips }) =>
      clips.flatMap(({ effects }) => effects.flatMap((each) => (each.kind === 'duck' ? [each.under] : []))),
    ),
  );
  if (under.size === 0) return undefined;
  return Object.fromEntries([...under].map((trackId) => [trackId, spokenRanges(timeline, trackId)]));
}
