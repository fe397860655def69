import { joinWords } from '../../domain/caption-join.ts';
import { basename } from 'node:path';
import type { Asset, Clip, Timeline, Track, Transition } from '../../domain/timeline.ts';

/** What lies on a track from the timeline's start on, in order: clips, what is between them, and dissolves across a cut. */
export type TrackItem =
  | { readonly kind: 'gap'; readonly startFrame: number; readonly durationFrames: number }
  | { readonly kind: 'clip'; readonly clip: Clip; readonly asset: Asset }
  | { readonly kind: 'dissolve'; readonly dissolve: Dissolve };

/** A transition with the clips around it. `beforeFrames` of it lie before the cut at `cutFrame`, the rest after. */
export type Dissolve = {
  readonly transition: Transition;
  readonly from: Clip;
  readonly to: Clip;
  readonly cutFrame: number;
  readonly beforeFrames: number;
  readonly afterFrames: number;
};

/** The items of a track. What comes after its last clip is left out. */
export function listTrackItems(timeline: Timeline, track: Track): TrackItem[] {
  const assets = new Map(timeline.assets.map((asset) => [asset.id, asset]));
  const into = new Map(
    timeline.transitions.filter((one) => one.trackId === track.id).map((one) => [one.toClipId, one]),
  );
  const items: TrackItem[] = [];
  let endFrame = 0;
  for (const [index, clip] of track.clips.entries()) {
    const asset = assets.get(clip.assetId);
    if (asset === undefined) continue;
    if (clip.startFrame > endFrame) {
      items.push({ kind: 'gap', startFrame: endFrame, durationFrames: clip.startFrame - endFrame });
    }
    const from = track.clips[index - 1];
    const transition = into.get(clip.id);
    if (from !== undefined && transition !== undefined) {
      const beforeFrames = Math.floor(transition.durationFrames / 2);
      const afterFrames = transition.durationFrames - beforeFrames;
      const cutFrame = clip.startFrame;
      items.push({
        kind: 'dissolve',
        dissolve: { transition, from, to: clip, cutFrame, beforeFrames, afterFrames },
      });
    }
    items.push({ kind: 'clip', clip, asset });
    endFrame = clip.startFrame + clip.durationFrames;
  }
  return items;
}

/** The frame after the last clip of a track. */
export function trackEndFrame(track: Track): number {
  const last = track.clips.at(-1);
  return last === undefined ? 0 : last.startFrame + last.durationFrames;
}

/** What a person calls the thing that a clip shows. One line, without control characters. */
export function nameOfAsset(asset: Asset): string {
  switch (asset.kind) {
    case 'file':
    case 'image':
      return toOneLine(basename(asset.path)) || asset.id;
    case 'title':
      return toOneLine(asset.text) || asset.id;
    case 'color':
      return `Colour ${asset.color}`;
    case 'waveform':
      return `Drawing of the sound (${asset.look})`;
  }
}

/** A text without line breaks, control characters or halves of letters: other programs read line by line, and XML knows no such letters. */
export function toOneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\uFFFE\uFFFF]+/gu, ' ')
    .replace(/ {2,}/gu, ' ')
    .trim();
}

/** The words of a cue as one text. */
export function textOfWords(words: readonly { readonly text: string }[]): string {
  return toOneLine(joinWords(words.map((word) => word.text)));
}
