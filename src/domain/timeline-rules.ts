import { captionStyleNames } from './caption-style.ts';
import { rationalToNumber, type Rational } from './time.ts';
import type { Asset, Clip, Effect, FileAsset, Timeline, Track, Transition } from './timeline.ts';

/** What the parts of a timeline promise each other beyond their shape. Each check reports `path: what is wrong`. */

type Report = (path: string, what: string) => void;

/** Frame rates a timeline may have, in frames a second. */
const frameRateRange = { min: 1, max: 240 };

/** How much slower or faster than its source a clip may play. */
const speedRange = { min: 0.01, max: 100 };

/** Numerators and denominators stay below this, so that frame arithmetic is exact in doubles. */
const maxRationalPart = 1_000_000;

/** The longest timeline, in hours. */
const maxHours = 24;

/** Every broken promise of a well-shaped timeline, in the document's order; empty when there is none. */
export function findTimelineMistakes(timeline: Timeline): string[] {
  const mistakes: string[] = [];
  const report: Report = (path, what) => mistakes.push(`${path}: ${what}`);
  checkRational(timeline.frameRate, 'frameRate', frameRateRange, 'frames a second', report);
  if (mistakes.length > 0) return mistakes;
  if (timeline.durationFrames > maxHours * 3600 * rationalToNumber(timeline.frameRate)) {
    report('durationFrames', `is longer than ${maxHours} hours`);
  }
  checkUnique(timeline.assets, (index) => `assets[${index}].id`, report);
  checkUnique(timeline.tracks, (index) => `tracks[${index}].id`, report);
  checkUnique(timeline.fonts ?? [], (index) => `fonts[${index}].id`, report);
  checkClipIds(timeline, report);
  const assets = new Map(timeline.assets.map((asset) => [asset.id, asset]));
  for (const [index, asset] of timeline.assets.entries()) {
    if (asset.kind !== 'waveform') continue;
    const heard = assets.get(asset.assetId);
    if (heard?.kind !== 'file' || !heard.hasAudio) {
      report(`assets[${index}].assetId`, `no file with sound is called "${asset.assetId}"`);
    }
  }
  for (const [index, track] of timeline.tracks.entries()) {
    checkTrack(timeline, track, `tracks[${index}]`, assets, report);
  }
  checkTransitions(timeline, assets, report);
  checkCaptions(timeline, assets, report);
  return mistakes;
}

function checkRational(
  value: Rational,
  path: string,
  range: { min: number; max: number },
  unit: string,
  report: Report,
): void {
  const number = rationalToNumber(value);
  if (Math.max(value.num, value.den) > maxRationalPart) {
    report(path, `has a part above ${maxRationalPart}: write it in lowest terms`);
  } else if (number < range.min || number > range.max) {
    report(path, `is ${value.num}/${value.den}, outside ${range.min} to ${range.max} ${unit}`);
  }
}

function checkUnique(
  items: readonly { readonly id: string }[],
  pathAt: (index: number) => string,
  report: Report,
): void {
  const firstAt = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const first = firstAt.get(item.id);
    if (first === undefined) firstAt.set(item.id, index);
    else report(pathAt(index), `"${item.id}" is taken by ${pathAt(first).replace(/\.id$/, '')}`);
  }
}

function checkClipIds(timeline: Timeline, report: Report): void {
  const clips = timeline.tracks.flatMap((track, trackIndex) =>
    track.clips.map((clip, index) => ({ id: clip.id, path: `tracks[${trackIndex}].clips[${index}].id` })),
  );
  checkUnique(clips, (index) => clips[index]?.path ?? '', report);
}

type Assets = ReadonlyMap<string, Asset>;

function checkTrack(timeline: Timeline, track: Track, path: string, assets: Assets, report: Report): void {
  let previous: Clip | undefined;
  for (const [index, clip] of track.clips.entries()) {
    const clipPath = `${path}.clips[${index}]`;
    checkPlace(timeline, clip, previous, clipPath, report);
    checkRational(clip.speed, `${clipPath}.speed`, speedRange, 'times its source', report);
    const asset = assets.get(clip.assetId);
    if (asset === undefined) report(`${clipPath}.assetId`, `no asset is called "${clip.assetId}"`);
    else checkSource(timeline, track, clip, asset, clipPath, report);
    checkEffects(timeline, track, clip, clipPath, report);
    previous = clip;
  }
}

function checkPlace(
  timeline: Timeline,
  clip: Clip,
  previous: Clip | undefined,
  path: string,
  report: Report,
): void {
  const endFrame = clip.startFrame + clip.durationFrames;
  if (endFrame > timeline.durationFrames) {
    report(
      `${path}.durationFrames`,
      `ends at frame ${endFrame}, after the timeline's end at ${timeline.durationFrames}`,
    );
  }
  if (previous === undefined) return;
  if (clip.startFrame < previous.startFrame) {
    report(`${path}.startFrame`, `lies before the start of the clip before it: clips are listed in order`);
    return;
  }
  const overlapFrames = previous.startFrame + previous.durationFrames - clip.startFrame;
  if (overlapFrames > 0) {
    report(`${path}.startFrame`, `overlaps the clip before it by ${countFrames(overlapFrames)}`);
  }
}

function countFrames(frames: number): string {
  return frames === 1 ? '1 frame' : `${frames} frames`;
}

/** How many timeline frames an asset has when conformed to the timeline's rate. */
function conformedFrames(asset: FileAsset, rate: Rational): number {
  return (asset.durationMs * rate.num) / (1000 * rate.den);
}

function checkSource(
  timeline: Timeline,
  track: Track,
  clip: Clip,
  asset: Asset,
  path: string,
  report: Report,
): void {
  if (asset.kind === 'waveform') {
    const heard = timeline.assets.find((other) => other.id === asset.assetId);
    if (track.kind === 'audio') report(`${path}.assetId`, `"${asset.id}" is a picture and has no sound`);
    else if (heard?.kind === 'file') checkReach(timeline, clip, heard, path, report);
    return;
  }
  if (asset.kind !== 'file') {
    const what = { color: 'a colour', image: 'a picture', title: 'a title' }[asset.kind];
    if (track.kind === 'audio') report(`${path}.assetId`, `"${asset.id}" is ${what} and has no sound`);
    return;
  }
  const has = track.kind === 'video' ? asset.hasVideo : asset.hasAudio;
  if (!has) report(`${path}.assetId`, `"${asset.id}" has no ${track.kind}`);
  checkReach(timeline, clip, asset, path, report);
}

function checkReach(timeline: Timeline, clip: Clip, asset: FileAsset, path: string, report: Report): void {
  const available = conformedFrames(asset, timeline.frameRate);
  const endFrame = clip.sourceStartFrame + clip.durationFrames * rationalToNumber(clip.speed);
  // A frame more is allowed: durations in ms do not fall on frames.
  if (endFrame > available + 1) {
    report(
      `${path}.sourceStartFrame`,
      `the range ends at frame ${Math.ceil(endFrame)} of "${asset.id}", which has ${Math.floor(available)}`,
    );
  }
}

function checkEffects(timeline: Timeline, track: Track, clip: Clip, path: string, report: Report): void {
  const kinds = new Set<Effect['kind']>();
  for (const [index, effect] of clip.effects.entries()) {
    const effectPath = `${path}.effects[${index}]`;
    const wanted = effect.kind === 'gain' || effect.kind === 'duck' ? 'audio' : 'video';
    if (track.kind !== wanted) report(effectPath, `${effect.kind} is for ${wanted} tracks`);
    if (kinds.has(effect.kind)) report(effectPath, `a clip has at most one ${effect.kind}`);
    kinds.add(effect.kind);
    if (effect.kind === 'duck') checkDuck(timeline, track, effect.under, `${effectPath}.under`, report);
    if (effect.kind !== 'crop') continue;
    for (const [at, keyframe] of effect.keyframes.entries()) {
      const keyframePath = `${effectPath}.keyframes[${at}].frame`;
      const before = effect.keyframes[at - 1];
      if (keyframe.frame >= clip.durationFrames) report(keyframePath, `lies outside the clip`);
      if (before !== undefined && keyframe.frame <= before.frame) {
        report(keyframePath, `does not come after the keyframe before it`);
      }
    }
  }
}

function checkDuck(timeline: Timeline, track: Track, under: string, path: string, report: Report): void {
  const other = timeline.tracks.find(({ id }) => id === under);
  if (other?.kind !== 'audio') report(path, `no audio track is called "${under}"`);
  else if (other === track) report(path, `a clip makes way for another track, not for its own`);
}

/** How a transition's frames lie about the cut: the smaller half before it. */
function splitTransition(transition: Transition): { beforeFrames: number; afterFrames: number } {
  const beforeFrames = Math.floor(transition.durationFrames / 2);
  return { beforeFrames, afterFrames: transition.durationFrames - beforeFrames };
}

/** Ids hold no space, so two of them are told apart by one. */
function clipKey(trackId: string, clipId: string): string {
  return `${trackId} ${clipId}`;
}

function checkTransitions(timeline: Timeline, assets: Assets, report: Report): void {
  checkUnique(timeline.transitions, (index) => `transitions[${index}].id`, report);
  const tracks = new Map(timeline.tracks.map((track) => [track.id, track]));
  const clips = new Map<string, Clip>();
  const next = new Map<Clip, Clip | undefined>();
  for (const track of timeline.tracks) {
    for (const [index, clip] of track.clips.entries()) {
      clips.set(clipKey(track.id, clip.id), clip);
      next.set(clip, track.clips[index + 1]);
    }
  }
  const used = new Map<string, number>();
  for (const [index, transition] of timeline.transitions.entries()) {
    const path = `transitions[${index}]`;
    const track = tracks.get(transition.trackId);
    if (track === undefined) {
      report(`${path}.trackId`, `no track is called "${transition.trackId}"`);
      continue;
    }
    const from = clips.get(clipKey(track.id, transition.fromClipId));
    const to = clips.get(clipKey(track.id, transition.toClipId));
    if (from === undefined) {
      report(`${path}.fromClipId`, `track "${track.id}" has no clip "${transition.fromClipId}"`);
    }
    if (to === undefined) {
      report(`${path}.toClipId`, `track "${track.id}" has no clip "${transition.toClipId}"`);
    }
    if (from === undefined || to === undefined) continue;
    if (next.get(from) !== to || from.startFrame + from.durationFrames !== to.startFrame) {
      report(`${path}.toClipId`, `"${to.id}" does not follow directly on "${from.id}"`);
      continue;
    }
    const { beforeFrames, afterFrames } = splitTransition(transition);
    for (const [clip, frames] of [
      [from, beforeFrames],
      [to, afterFrames],
    ] as const) {
      const total = (used.get(clip.id) ?? 0) + frames;
      used.set(clip.id, total);
      if (total > clip.durationFrames) {
        report(`${path}.durationFrames`, `takes more of "${clip.id}" than its ${clip.durationFrames} frames`);
      }
    }
    checkHandles(timeline, transition, from, to, assets, path, report);
  }
}

/** A dissolve shows the first clip after its end and the second before its start: both assets must reach that far. */
function checkHandles(
  timeline: Timeline,
  transition: Transition,
  from: Clip,
  to: Clip,
  assets: Assets,
  path: string,
  report: Report,
): void {
  const { beforeFrames, afterFrames } = splitTransition(transition);
  const fromAsset = assets.get(from.assetId);
  if (fromAsset?.kind === 'file') {
    const frames = (from.durationFrames + afterFrames) * rationalToNumber(from.speed);
    if (from.sourceStartFrame + frames > conformedFrames(fromAsset, timeline.frameRate) + 1) {
      report(
        `${path}.durationFrames`,
        `"${from.id}" has no handle of ${countFrames(afterFrames)} after its end`,
      );
    }
  }
  const handle = to.sourceStartFrame / rationalToNumber(to.speed);
  if (assets.get(to.assetId)?.kind === 'file' && handle < beforeFrames) {
    report(
      `${path}.durationFrames`,
      `"${to.id}" has no handle of ${countFrames(beforeFrames)} before its start`,
    );
  }
}

function checkCaptions(timeline: Timeline, assets: Assets, report: Report): void {
  const { style, look, cues } = timeline.captions;
  if (look === undefined && style !== 'none' && !captionStyleNames.includes(style)) {
    report(
      'captions.style',
      `no style is called "${style}": there are ${captionStyleNames.join(', ')}, or give its "look"`,
    );
  } else if (look !== undefined && look.name !== style) {
    report('captions.look.name', `is "${look.name}", and captions.style is "${style}"`);
  }
  // A cue may end with the last frame, whose end need not fall on a whole millisecond.
  const endMs = Math.ceil((timeline.durationFrames * 1000 * timeline.frameRate.den) / timeline.frameRate.num);
  let previousEndMs = 0;
  for (const [index, cue] of cues.entries()) {
    const path = `captions.cues[${index}]`;
    if (cue.endMs <= cue.startMs) report(`${path}.endMs`, `does not come after startMs`);
    if (cue.startMs < previousEndMs) {
      report(`${path}.startMs`, `lies ${previousEndMs - cue.startMs} ms before the end of the cue before it`);
    }
    if (cue.endMs > endMs) report(`${path}.endMs`, `lies after the timeline's end at ${endMs} ms`);
    previousEndMs = Math.max(previousEndMs, cue.endMs);
    checkWords(cue, path, assets, report);
  }
}

function checkWords(
  cue: Timeline['captions']['cues'][number],
  path: string,
  assets: Assets,
  report: Report,
): void {
  let previousStartMs = cue.startMs;
  for (const [index, word] of cue.words.entries()) {
    const wordPath = `${path}.words[${index}]`;
    const asset = assets.get(word.assetId);
    if (asset === undefined) report(`${wordPath}.assetId`, `no asset is called "${word.assetId}"`);
    if (word.endMs < word.startMs) report(`${wordPath}.endMs`, `lies before startMs`);
    if (word.sourceEndMs < word.sourceStartMs) {
      report(`${wordPath}.sourceEndMs`, `lies before sourceStartMs`);
    }
    // Speech may end a little after the picture that a container counts: a second is no mistake.
    if (asset?.kind === 'file' && word.sourceEndMs > asset.durationMs + 1000) {
      report(`${wordPath}.sourceEndMs`, `lies after the end of "${asset.id}" at ${asset.durationMs} ms`);
    }
    if (word.startMs < cue.startMs || word.endMs > cue.endMs) {
      report(`${wordPath}.startMs`, `"${word.text}" lies outside its cue`);
    } else if (word.startMs < previousStartMs) {
      report(`${wordPath}.startMs`, `"${word.text}" starts before the word before it`);
    }
    previousStartMs = Math.max(previousStartMs, word.startMs);
  }
}
