import { lookOf } from '../../domain/caption-style.ts';
import { contentRange, type ContentRange } from '../../domain/content-range.ts';
import { frameToMs, type Rational } from '../../domain/time.ts';
import type { Clip, Cue, CueWord, Timeline, Track } from '../../domain/timeline.ts';
import { makeCues } from '../captions/make-cues.ts';
import { keepFrames } from '../cover/keep-frames.ts';

/** A timeline played in another order: ranges of its frames end to end, with captions that follow. Pure but for reading fonts. */

/** Tracks that go on whatever is cut above them: music. */
export function isBed(timeline: Timeline, track: Track): boolean {
  const isMusic = (clip: Clip) => {
    const asset = timeline.assets.find(({ id }) => id === clip.assetId);
    const isComposed = asset?.kind === 'file' && asset.provenance?.kind === 'music';
    return isComposed || clip.effects.some(({ kind }) => kind === 'duck');
  };
  return track.kind === 'audio' && track.clips.length > 0 && track.clips.every(isMusic);
}

/**
 * Plays ranges of a timeline's content (frames, half-open, in any order, some twice perhaps) one after the other, between its intro and
 * its outro where it has any. Words move with what is said. Titles that stand at the content's beginning still do, and music goes on
 * without a cut so that its end is heard at the end. `ranges` must lie in the content.
 */
export function playRanges(timeline: Timeline, ranges: readonly ContentRange[]): Timeline {
  const content = contentRange(timeline);
  const played = joinTouching(
    [
      { startFrame: 0, endFrame: content.startFrame },
      ...ranges,
      { startFrame: content.endFrame, endFrame: timeline.durationFrames },
    ].filter(({ startFrame, endFrame }) => endFrame > startFrame),
  );
  const only = played[0];
  if (played.length === 1 && only?.startFrame === 0 && only.endFrame === timeline.durationFrames)
    return timeline;
  const durationFrames = lengthOf(played);
  const parts = played.map((range) => keepFrames(timeline, range.startFrame, range.endFrame));
  const tracks = timeline.tracks.map((track, index): Track => {
    if (isBed(timeline, track)) return shiftBed(timeline, track, durationFrames);
    const fixed = timeline.tracks[index]?.clips.filter((clip) => opensContent(timeline, clip, content)) ?? [];
    const fixedIds = new Set(fixed.map(({ id }) => id));
    let atFrame = 0;
    const clips: Clip[] = [];
    for (const [place, part] of parts.entries()) {
      for (const clip of part.tracks[index]?.clips ?? []) {
        if (fixedIds.has(clip.id)) continue;
        clips.push({
          ...clip,
          id: `${track.id.slice(0, 40)}-${place + 1}-${clips.length + 1}`,
          startFrame: clip.startFrame + atFrame,
        });
      }
      atFrame += part.durationFrames;
    }
    const kept = fixed.map((clip): Clip => {
      const frames = Math.min(clip.durationFrames, durationFrames - clip.startFrame);
      return Object.assign({}, clip, { durationFrames: Math.max(1, frames) });
    });
    return {
      ...track,
      clips: joinStill(
        timeline,
        [...kept, ...clips].toSorted((a, b) => a.startFrame - b.startFrame),
      ),
    };
  });
  const introFrames = content.startFrame;
  return {
    ...timeline,
    durationFrames,
    tracks,
    transitions: [],
    captions: { ...timeline.captions, cues: playWords(timeline, played, durationFrames) },
    metadata: markContent(timeline, {
      startFrame: introFrames,
      endFrame: durationFrames - (timeline.durationFrames - content.endFrame),
    }),
  };
}

/** How many frames ranges last together. */
export function lengthOf(ranges: readonly ContentRange[]): number {
  return ranges.reduce((sum, { startFrame, endFrame }) => sum + endFrame - startFrame, 0);
}

function joinTouching(ranges: readonly ContentRange[]): ContentRange[] {
  const joined: ContentRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last?.endFrame === range.startFrame) {
      joined.splice(-1, 1, { startFrame: last.startFrame, endFrame: range.endFrame });
    } else joined.push(range);
  }
  return joined;
}

/** Whether a clip is a title that stands where the content begins. */
function opensContent(timeline: Timeline, clip: Clip, content: ContentRange): boolean {
  const asset = timeline.assets.find(({ id }) => id === clip.assetId);
  const isShort = clip.durationFrames < (content.endFrame - content.startFrame) * 0.9;
  return asset?.kind === 'title' && clip.startFrame === content.startFrame && isShort;
}

/** Music ends when the film ends: it begins later in a longer one, and further on in its course in a shorter one. */
function shiftBed(timeline: Timeline, track: Track, durationFrames: number): Track {
  const shift = durationFrames - timeline.durationFrames;
  const clips = track.clips.flatMap((clip): Clip[] => {
    const startFrame = clip.startFrame + shift;
    if (startFrame >= 0) return [{ ...clip, startFrame }];
    const left = clip.durationFrames + startFrame;
    if (left <= 0) return [];
    const skipped = Math.round((-startFrame * clip.speed.num) / clip.speed.den);
    return [
      { ...clip, startFrame: 0, durationFrames: left, sourceStartFrame: clip.sourceStartFrame + skipped },
    ];
  });
  return { ...track, clips };
}

/** Pieces of a still picture that touch are one: a logo that is cut is the same logo. */
function joinStill(timeline: Timeline, clips: readonly Clip[]): Clip[] {
  const joined: Clip[] = [];
  for (const clip of clips) {
    const last = joined.at(-1);
    const kind = timeline.assets.find(({ id }) => id === clip.assetId)?.kind;
    const isStill = kind === 'image' || kind === 'title' || kind === 'color';
    const isMoving = clip.effects.some((effect) => effect.kind === 'crop' && effect.keyframes.length > 1);
    if (
      last !== undefined &&
      isStill &&
      !isMoving &&
      last.assetId === clip.assetId &&
      last.startFrame + last.durationFrames === clip.startFrame &&
      JSON.stringify(last.effects) === JSON.stringify(clip.effects)
    ) {
      joined.splice(-1, 1, { ...last, durationFrames: last.durationFrames + clip.durationFrames });
    } else joined.push(clip);
  }
  return joined;
}

function playWords(timeline: Timeline, ranges: readonly ContentRange[], durationFrames: number): Cue[] {
  const { frameRate } = timeline;
  const placed: PlacedWord[] = [];
  let atFrame = 0;
  for (const { startFrame, endFrame } of ranges) {
    const [startMs, endMs, atMs] = [startFrame, endFrame, atFrame].map((frame) =>
      frameToMs(frame, frameRate),
    ) as [number, number, number];
    for (const { word, middleY } of wordsOf(timeline)) {
      const middleMs = (word.startMs + word.endMs) / 2;
      if (middleMs < startMs || middleMs >= endMs) continue;
      const move = (ms: number) => Math.min(endMs, Math.max(startMs, ms)) - startMs + atMs;
      placed.push({
        word: Object.assign({}, word, { startMs: move(word.startMs), endMs: move(word.endMs) }),
        middleY,
      });
    }
    atFrame += endFrame - startFrame;
  }
  return gatherWords(timeline, placed, durationFrames);
}

/** A word, and where its cue stood. */
export type PlacedWord = { readonly word: CueWord; readonly middleY: number | undefined };

/** The words of a timeline's captions in their order. */
export function wordsOf(timeline: Timeline): PlacedWord[] {
  return timeline.captions.cues.flatMap(({ words, middleY }) => words.map((word) => ({ word, middleY })));
}

/** Words as cues of a timeline's caption style, each where its first word's cue stood. */
export function gatherWords(
  timeline: Pick<Timeline, 'captions' | 'width' | 'height' | 'frameRate' | 'fonts'>,
  placed: readonly PlacedWord[],
  durationFrames: number,
): Cue[] {
  const endMs = endMsOf(durationFrames, timeline.frameRate);
  const { width, height, fonts } = timeline;
  const words = placed.map(({ word }) => word);
  const cues = makeCues(words, { look: lookOf(timeline.captions), width, height, endMs, fonts });
  let at = 0;
  return cues
    .map((cue) => {
      const middleY = placed[at]?.middleY;
      at += cue.words.length;
      return middleY === undefined ? cue : Object.assign({}, cue, { middleY });
    })
    .filter((cue) => cue.endMs > cue.startMs);
}

function endMsOf(durationFrames: number, rate: Rational): number {
  return Math.floor((durationFrames * 1000 * rate.den) / rate.num);
}

/** Where an intro or an outro stands beside the content, its mark moves. */
function markContent(timeline: Timeline, content: ContentRange): Timeline['metadata'] {
  const { pivot } = timeline.metadata;
  if (typeof pivot !== 'object' || pivot === null || !('content' in pivot)) return timeline.metadata;
  return { ...timeline.metadata, pivot: { ...pivot, content } };
}
