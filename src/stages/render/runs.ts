import type { Clip, Timeline, Track } from '../../domain/timeline.ts';
import type { PicturePiece } from '../../media/render-graph.ts';
import { frameToSeconds } from '../../domain/time.ts';
import { listSegments, type Segment } from './segments.ts';

/** A video track as runs: clips of one asset that follow each other are read once and go through one chain of filters. */

export type ClipSegment = Extract<Segment, { kind: 'clip' }>;

/** Clips of one asset, end to end and without transitions between; only their crops may differ. Units: frames. */
export type Run = {
  readonly kind: 'run';
  readonly segments: readonly [ClipSegment, ...ClipSegment[]];
  /** Where on the timeline its first frame lies, with what it lends to a transition. */
  readonly startFrame: number;
  /** With what it lends at both ends. */
  readonly frames: number;
  /** How many of its first frames dissolve from what lies before. */
  readonly overlapFrames: number;
};

/** A stretch of a track. */
export type TrackItem = Run | { readonly kind: 'gap'; readonly frames: number };

/** A track from the timeline's start to its end; titles, which are not pictures, are left out. */
export function listRuns(timeline: Timeline, track: Track): TrackItem[] {
  const isTitle = (clip: Clip) =>
    timeline.assets.some((asset) => asset.id === clip.assetId && asset.kind === 'title');
  const pictures = { ...track, clips: track.clips.filter((clip) => !isTitle(clip)) };
  const items: TrackItem[] = [];
  let cursorFrame = 0;
  for (const segment of listSegments(timeline, pictures)) {
    if (segment.kind === 'gap') {
      items.push({ kind: 'gap', frames: segment.durationFrames });
      cursorFrame += segment.durationFrames;
      continue;
    }
    const { clip, headFrames, tailFrames } = segment;
    const overlapFrames =
      timeline.transitions.find(({ toClipId, trackId }) => toClipId === clip.id && trackId === track.id)
        ?.durationFrames ?? 0;
    const frames = headFrames + clip.durationFrames + tailFrames;
    const last = items.at(-1);
    if (last?.kind === 'run' && overlapFrames === 0 && isLike(last.segments[0].clip, clip)) {
      items.splice(-1, 1, {
        ...last,
        segments: [...last.segments, segment],
        frames: last.frames + frames,
      });
    } else {
      const startFrame = cursorFrame - headFrames;
      items.push({ kind: 'run', segments: [segment], startFrame, frames, overlapFrames });
    }
    cursorFrame += clip.durationFrames;
  }
  return items;
}

/** Whether two clips go through the same filters but for their crop. */
function isLike(a: Clip, b: Clip): boolean {
  const rest = (clip: Clip) => JSON.stringify(clip.effects.filter(({ kind }) => kind !== 'crop'));
  return (
    a.assetId === b.assetId && a.speed.num * b.speed.den === b.speed.num * a.speed.den && rest(a) === rest(b)
  );
}

/** A run's frames among those of others that go through the same filters. */
export type GroupedRun = {
  /** All of them as one, in order: it is drawn once. */
  readonly group: Run;
  /** Where in it this run's frames start. */
  readonly fromFrame: number;
};

/**
 * Runs of the same asset and effects that others interrupt (a second camera) are drawn by one chain of filters and cut apart after.
 * Those that dissolve are not: two parts of one chain cannot be had at once.
 */
export function groupRuns(items: readonly TrackItem[]): Map<Run, GroupedRun> {
  const groups: Run[][] = [];
  for (const run of items) {
    if (run.kind !== 'run') continue;
    const group = groups.find(
      ([first]) =>
        first !== undefined &&
        isApart(run) &&
        isApart(first) &&
        isLike(first.segments[0].clip, run.segments[0].clip),
    );
    if (group === undefined) groups.push([run]);
    else group.push(run);
  }
  const grouped = new Map<Run, GroupedRun>();
  for (const [first, ...others] of groups) {
    if (first === undefined) continue;
    const runs = [first, ...others];
    const [head, ...rest] = first.segments;
    const group: Run = {
      ...first,
      segments: [head, ...rest, ...others.flatMap(({ segments }) => segments)],
      frames: runs.reduce((sum, { frames }) => sum + frames, 0),
    };
    let fromFrame = 0;
    for (const run of runs) {
      grouped.set(run, { group, fromFrame });
      fromFrame += run.frames;
    }
  }
  return grouped;
}

function isApart(run: Run): boolean {
  return run.segments.every(({ headFrames, tailFrames }) => headFrames + tailFrames === 0);
}

/** What a run reads of its file; clips that go on where the one before stopped are one piece. */
export function piecesOf(run: Run, timeline: Timeline): PicturePiece[] {
  const { frameRate } = timeline;
  const pieces: { piece: PicturePiece; sourceEnd: number; endFrame: number }[] = [];
  for (const { clip, headFrames, tailFrames } of run.segments) {
    const speed = clip.speed.num / clip.speed.den;
    const frames = headFrames + clip.durationFrames + tailFrames;
    const startFrame = clip.startFrame - headFrames;
    const endFrame = startFrame + frames;
    const sourceStart = clip.sourceStartFrame - headFrames * speed;
    const sourceEnd = sourceStart + frames * speed;
    const last = pieces.at(-1);
    if (last?.endFrame === startFrame && Math.abs(last.sourceEnd - sourceStart) < 1e-6) {
      const piece = { ...last.piece, frames: last.piece.frames + frames };
      pieces.splice(-1, 1, { piece, sourceEnd, endFrame });
      continue;
    }
    const fromSeconds =
      frameToSeconds(clip.sourceStartFrame, frameRate) - frameToSeconds(headFrames, frameRate) * speed;
    const neededAtSeconds = frameToSeconds(Math.max(0, startFrame), frameRate);
    const piece = { fromSeconds: Math.max(0, fromSeconds), frames, speed, neededAtSeconds };
    pieces.push({ piece, sourceEnd, endFrame });
  }
  return pieces.map(({ piece }) => piece);
}

/** From which frame of its run on each clip is seen. */
export function clipStarts(run: Run): { clip: Clip; startFrame: number }[] {
  let frame = 0;
  return run.segments.map(({ clip, headFrames, tailFrames }) => {
    const startFrame = frame + headFrames;
    frame = startFrame + clip.durationFrames + tailFrames;
    // What is lent before the first clip is framed like its beginning.
    return { clip, startFrame };
  });
}
