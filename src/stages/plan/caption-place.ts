import { lookOf } from '../../domain/caption-style.ts';
import { framedCropAt, type FramedCrop, type Framing } from '../../domain/framing.ts';
import { frameToMs, msToFrame } from '../../domain/time.ts';
import type { Clip, Cue, Timeline } from '../../domain/timeline.ts';
import { captionBoxes } from '../captions/layout.ts';
import { middleOf, safeBox, type Box } from '../captions/safe-box.ts';
import type { PlannedFraming } from './framed.ts';

/** Captions keep off the face that speaks: they stand where their style puts them, or as near to it as is free. Pure. */

/** Faces are looked for this often under a cue, in ms. */
const lookEveryMs = 200;

/** Places are tried so far apart, in parts of the canvas's height. */
const step = 0.02;

/** Free around a face, in parts of its size. */
const around = 0.06;

/** The hair above a face box, in its heights: captions stand beside it wherever there is room. */
const hair = 0.45;

/** Eyes and mouth lie below this part of a face: where it must be covered, the forehead is. */
const brow = 0.28;

/**
 * What is worse: the speaking face covered (its features most of all), what is written on a screen or a slide, another face or
 * hair, or the captions away from where they should be.
 */
const costs = { speaking: 1000, features: 2000, written: 40, other: 20, away: 1 };

/** A cue with the faces that are on the canvas while it is. */
type CuePlace = {
  readonly box: Box;
  /** Which clip of the picture it is in: captions stay where they are while the picture does. One across a cut is by itself. */
  readonly section: string;
  readonly isAcross: boolean;
  readonly speaking: readonly Box[];
  /** Eyes and mouth of those who speak. */
  readonly features: readonly Box[];
  /** A screen or a slide that is shown whole. */
  readonly written: readonly Box[];
  readonly others: readonly Box[];
};

/** Cues with a place of their own wherever the style's place would cover a face; the same cues where it would not. */
export function placeCaptions(timeline: Timeline, planned: PlannedFraming): readonly Cue[] {
  const { cues } = timeline.captions;
  const style = lookOf(timeline.captions);
  if (style === undefined) return cues;
  const places = new Map<number, CuePlace>();
  for (const { cueIndex, box } of captionBoxes(timeline)) {
    const cue = cues[cueIndex];
    if (cue !== undefined) places.set(cueIndex, describeCue(cue, box, timeline, planned));
  }
  if (places.size === 0) return cues;
  const shifts = chooseShifts([...places.values()], timeline);
  return cues.map((cue, index) => {
    const place = places.get(index);
    const moved = place === undefined ? 0 : (shifts.get(place.section) ?? 0);
    if (place === undefined || moved === 0) return cue;
    const middleY = (middleOf(style.middleY, timeline) + moved) / timeline.height;
    return Object.assign({}, cue, { middleY: Math.round(middleY * 10_000) / 10_000 });
  });
}

/**
 * How far the captions of each section are moved. All that can be free stand at one place, so that they don't jump about; where
 * that place covers who speaks, they stand as near to it as is free.
 */
function chooseShifts(all: readonly CuePlace[], timeline: Timeline): ReadonlyMap<string, number> {
  const bySection = Map.groupBy(all, ({ section }) => section);
  const limits = shiftLimits(all, timeline);
  const isFree = (own: readonly CuePlace[], shift: number) =>
    own.every(({ box, speaking }) => cover(speaking, box, shift) === 0);
  const freeable = [...bySection.values()].filter(
    (own) =>
      own[0]?.isAcross !== true && isFree(own, chooseShift(own, shiftLimits(own, timeline), 0, timeline)),
  );
  const common = chooseShift(freeable.length === 0 ? all : freeable.flat(), limits, 0, timeline);
  return new Map(
    [...bySection].map(([section, own]) => [
      section,
      isFree(own, common) ? common : chooseShift(own, shiftLimits(own, timeline), common, timeline),
    ]),
  );
}

type Limits = { readonly least: number; readonly most: number };

/** How far these may be moved within the safe box, in px. */
function shiftLimits(places: readonly CuePlace[], { width, height }: Timeline): Limits {
  const safe = safeBox(width, height);
  return {
    least: Math.min(0, safe.top - Math.min(...places.map(({ box }) => box.top))),
    most: Math.max(0, safe.bottom - Math.max(...places.map(({ box }) => box.bottom))),
  };
}

/** How far captions are moved down (or up, below 0), in px: where they cover least, as near to `from` as that is. */
function chooseShift(
  places: readonly CuePlace[],
  { least, most }: Limits,
  from: number,
  { height }: Timeline,
): number {
  let best = 0;
  let bestCost = Infinity;
  for (
    let count = Math.ceil(least / (step * height));
    count <= Math.floor(most / (step * height));
    count += 1
  ) {
    const shift = count * step * height;
    const cost = places.reduce(
      (sum, { box, speaking, features, written, others }) =>
        sum +
        costs.speaking * cover(speaking, box, shift) +
        costs.features * cover(features, box, shift) +
        costs.written * cover(written, box, shift) +
        costs.other * cover(others, box, shift),
      (costs.away * places.length * Math.abs(shift - from)) / height,
    );
    if (cost < bestCost - 1e-9) [best, bestCost] = [shift, cost];
  }
  return best;
}

/** How much of a caption's box, moved, lies over faces; 0 to 1 for each. */
function cover(faces: readonly Box[], box: Box, shift: number): number {
  const area = (box.right - box.left) * (box.bottom - box.top);
  return faces.reduce((sum, face) => {
    const across = Math.min(face.right, box.right) - Math.max(face.left, box.left);
    const down = Math.min(face.bottom, box.bottom + shift) - Math.max(face.top, box.top + shift);
    return sum + (across > 0 && down > 0 ? (across * down) / area : 0);
  }, 0);
}

function describeCue(
  cue: Cue,
  box: Box,
  timeline: Timeline,
  { framing, assetId, offsetFrames }: PlannedFraming,
): CuePlace {
  const speaking: Box[] = [];
  const features: Box[] = [];
  const written: Box[] = [];
  const others: Box[] = [];
  const sections: string[] = [];
  for (let atMs = cue.startMs; atMs < cue.endMs; atMs += lookEveryMs) {
    const frame = msToFrame(atMs, timeline.frameRate);
    for (const track of timeline.tracks) {
      const clip = track.clips.find(
        (own) => own.startFrame <= frame && frame < own.startFrame + own.durationFrames,
      );
      if (clip?.assetId !== assetId || clip.effects.some(({ kind }) => kind === 'blur')) continue;
      if (track === timeline.tracks[0] || sections.length === 0) sections.push(clip.id);
      const sourceFrame = clip.sourceStartFrame + frame - clip.startFrame + offsetFrames;
      const place = clip.effects.find((effect) => effect.kind === 'place');
      if (place !== undefined && isWritten(framing, sourceFrame, clip)) {
        const { x, y, width, height } = place;
        written.push({ left: x, top: y, right: x + width, bottom: y + height });
      }
      for (const { box: face, isSubject } of facesAt(framing, sourceFrame)) {
        const shown = onCanvas(face, clip, frame, timeline);
        if (shown !== undefined) (isSubject ? speaking : others).push(shown);
        const above = { ...face, y: face.y - hair * face.height, height: hair * face.height };
        const below = { ...face, y: face.y + brow * face.height, height: (1 - brow) * face.height };
        const seen = isSubject ? onCanvas(below, clip, frame, timeline) : undefined;
        if (seen !== undefined) features.push(seen);
        const head = isSubject ? onCanvas(above, clip, frame, timeline) : undefined;
        if (head !== undefined) others.push(head);
      }
    }
  }
  const isAcross = new Set(sections).size > 1;
  const section = isAcross ? `cue at ${cue.startMs}` : (sections[0] ?? '');
  return { box, speaking, features, written, others, section, isAcross };
}

/** Whether a clip shows a screen or a slide whole: beside a face, or alone where nobody is seen. */
function isWritten({ shots, tracks, width }: Framing, frame: number, { effects }: Clip): boolean {
  const shot = shots.find(({ startFrame, endFrame }) => startFrame <= frame && frame < endFrame);
  const crop = effects.find((effect) => effect.kind === 'crop')?.keyframes[0];
  if (shot === undefined || crop === undefined || crop.width < width) return false;
  if (shot.layout === 'screen') return true;
  const isSeen = ({ frame: at }: FramedCrop) => at >= shot.startFrame && at < shot.endFrame;
  return shot.layout === 'fit' && !tracks.some(({ boxes }) => boxes.some(isSeen));
}

type FaceBox = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** The faces of a frame; whoever speaks, and without a speaker whom the camera follows, is the subject. */
function facesAt(framing: Framing, frame: number): { readonly box: FaceBox; readonly isSubject: boolean }[] {
  const ms = frameToMs(frame, framing.frameRate);
  const shot = framing.shots.find(({ startFrame, endFrame }) => startFrame <= frame && frame < endFrame);
  const nearMs = 1000;
  const speakers = new Set(
    framing.tracks.filter(({ speaking }) =>
      speaking.some(({ startMs, endMs }) => startMs <= ms && ms < endMs),
    ),
  );
  return framing.tracks.flatMap((track) => {
    const isNear = track.boxes.some((box) => Math.abs(frameToMs(box.frame, framing.frameRate) - ms) < nearMs);
    const box = isNear ? framedCropAt(track.boxes, frame) : undefined;
    if (box === undefined) return [];
    const isSubject = speakers.has(track) || shot?.trackIds.includes(track.id) === true;
    return [{ box, isSubject }];
  });
}

/** Where on the canvas a face of a clip's picture is shown; undefined outside its crop. */
function onCanvas(face: FaceBox, clip: Clip, frame: number, { width, height }: Timeline): Box | undefined {
  const crop = clip.effects.find((effect) => effect.kind === 'crop');
  const place = clip.effects.find((effect) => effect.kind === 'place') ?? { x: 0, y: 0, width, height };
  const shown = crop === undefined ? undefined : framedCropAt(crop.keyframes, frame - clip.startFrame);
  if (shown === undefined) return undefined;
  const perX = place.width / shown.width;
  const perY = place.height / shown.height;
  const clampX = (value: number) => Math.max(place.x, Math.min(place.x + place.width, value));
  const clampY = (value: number) => Math.max(place.y, Math.min(place.y + place.height, value));
  const box = {
    left: clampX(place.x + (face.x - around * face.width - shown.x) * perX),
    right: clampX(place.x + (face.x + (1 + around) * face.width - shown.x) * perX),
    top: clampY(place.y + (face.y - around * face.height - shown.y) * perY),
    bottom: clampY(place.y + (face.y + (1 + around) * face.height - shown.y) * perY),
  };
  return box.right > box.left && box.bottom > box.top ? box : undefined;
}
