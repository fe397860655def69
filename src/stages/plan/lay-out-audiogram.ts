import { readableOn } from '../../domain/color-contrast.ts';
import { msToNearestFrame, type Rational } from '../../domain/time.ts';
import type { Asset, Clip, Effect, Track } from '../../domain/timeline.ts';
import { safeBox, type Box } from '../captions/safe-box.ts';
import { cropToFill } from './crop.ts';
import {
  backdrop,
  backdropColor,
  cropEffect,
  fillBlurRadius,
  lengthOf,
  placeEffect,
  type LaidOutPicture,
  type ZoomedPiece,
} from './lay-out-picture.ts';
import type { HeardStretch, SourceMaterial } from './material.ts';
import type { StillPicture } from './plan-request.ts';

/** What a clip of sound alone is made of. */
export type AudiogramRequest = {
  readonly pieces: readonly ZoomedPiece[];
  readonly material: SourceMaterial;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly rate: Rational;
  readonly look: 'waveform' | 'spectrum';
  /** Of the drawing; lightened or darkened where it could not be seen. */
  readonly color: string;
  readonly picture: StillPicture | undefined;
  /** What the captions cover, in px of the canvas. */
  readonly captionBoxes: readonly Box[];
};

/** Lies over a blurred picture, so that what stands before it can be seen on any. */
const shadeId = 'shade';
const shadeOpacity = 0.55;

/** Free space around the card, the waveform and the captions, as a share of the canvas's shorter side. */
const gapShare = 0.045;

/** The card is never larger than this share of the canvas's shorter side, the waveform never taller than that. */
const cardShare = 0.66;
const waveShare = 0.22;
/** How much of the free height the waveform gets under a card. */
const waveOfHeight = 0.26;

/**
 * Lays out sound alone: a backdrop or the picture, soft and darkened; the picture as a square card; and the sound drawn below
 * or beside it, where the captions never are. Of several voices the one that speaks is drawn.
 */
export function layOutAudiogram(request: AudiogramRequest): LaidOutPicture {
  const { canvas, picture, look } = request;
  const free = findFree(canvas, request.captionBoxes);
  const { card, wave } = divide(free, canvas, picture !== undefined);
  const durationFrames = lengthOf(request.pieces);
  const still = (id: string, assetId: string, effects: readonly Effect[]): Clip => ({
    id,
    assetId,
    startFrame: 0,
    durationFrames,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects: [...effects],
  });
  const assets: Asset[] = [];
  const tracks: Track[] = [];
  const add = (clips: readonly Clip[]) =>
    tracks.push({ id: trackId(tracks), kind: 'video', clips: [...clips] });
  const next = () => `${trackId(tracks)}-1`;
  if (picture === undefined) {
    assets.push(backdrop);
    add([still(next(), backdrop.id, [])]);
  } else {
    const { path, contentHash, videoStreamIndex, width, height } = picture;
    const id = 'picture';
    const stream = videoStreamIndex === undefined ? {} : { videoStreamIndex };
    assets.push({ id, kind: 'image', path, contentHash, ...stream });
    assets.push({ id: shadeId, kind: 'color', color: backdropColor });
    const size = { width, height };
    add([
      still(next(), id, [cropEffect(cropToFill(size, canvas)), { kind: 'blur', radius: fillBlurRadius }]),
    ]);
    const all = { left: 0, top: 0, right: canvas.width, bottom: canvas.height };
    const shade = placeEffect(all);
    add([still(next(), shadeId, [shade.kind === 'place' ? { ...shade, opacity: shadeOpacity } : shade])]);
    if (card !== undefined) {
      const square = cropToFill(size, { width: 1, height: 1 });
      add([still(next(), id, [cropEffect(square), placeEffect(card)])]);
    }
  }
  const drawn = drawWaves(request, wave, trackId(tracks));
  if (drawn.clips.length > 0) {
    const color = readableOn(backdropColor, request.color);
    for (const assetId of drawn.assetIds) {
      assets.push({ id: waveId(assetId), kind: 'waveform', assetId, look, color });
    }
    add(drawn.clips);
  }
  return { tracks, assets };
}

const trackId = (tracks: readonly Track[]) => `v${tracks.length + 1}`;
const waveId = (assetId: string) => `${assetId.slice(0, 58)}-wave`;

/** The tallest part of the safe box that no caption reaches. */
function findFree(canvas: AudiogramRequest['canvas'], captions: readonly Box[]): Box {
  const safe = safeBox(canvas.width, canvas.height);
  if (captions.length === 0) return safe;
  const gap = gapShare * Math.min(canvas.width, canvas.height);
  const top = Math.min(...captions.map((box) => box.top)) - gap;
  const bottom = Math.max(...captions.map((box) => box.bottom)) + gap;
  return top - safe.top >= safe.bottom - bottom
    ? { ...safe, bottom: Math.min(safe.bottom, Math.max(safe.top, top)) }
    : { ...safe, top: Math.max(safe.top, Math.min(safe.bottom, bottom)) };
}

/** Where card and waveform go: one above the other, side by side where there is more room across. */
function divide(
  free: Box,
  canvas: AudiogramRequest['canvas'],
  hasCard: boolean,
): { card: Box | undefined; wave: Box } {
  const shortSide = Math.min(canvas.width, canvas.height);
  const gap = gapShare * shortSide;
  const width = free.right - free.left;
  const height = free.bottom - free.top;
  const middleX = (free.left + free.right) / 2;
  const middleY = (free.top + free.bottom) / 2;
  if (!hasCard) {
    const waveHeight = Math.min(height, 1.4 * waveShare * shortSide);
    return { card: undefined, wave: evenBox(middleX, middleY, width, waveHeight) };
  }
  if (width > 1.5 * height) {
    const side = Math.min(height, cardShare * shortSide, (width - gap) / 2);
    const waveWidth = Math.min(width - side - gap, 2 * side);
    const left = middleX - (side + gap + waveWidth) / 2;
    return {
      card: evenBox(left + side / 2, middleY, side, side),
      wave: evenBox(
        left + side + gap + waveWidth / 2,
        middleY,
        waveWidth,
        Math.min(side, waveShare * shortSide),
      ),
    };
  }
  const waveHeight = Math.min(waveShare * shortSide, waveOfHeight * height);
  const side = Math.min(width, cardShare * shortSide, height - waveHeight - gap);
  const top = free.top + (height - side - gap - waveHeight) / 2;
  return {
    card: evenBox(middleX, top + side / 2, side, side),
    wave: evenBox(middleX, top + side + gap + waveHeight / 2, Math.min(width, 1.25 * side), waveHeight),
  };
}

function evenBox(middleX: number, middleY: number, width: number, height: number): Box {
  const even = (value: number) => 2 * Math.round(value / 2);
  const left = even(middleX - width / 2);
  const top = even(middleY - height / 2);
  return { left, top, right: left + Math.max(2, even(width)), bottom: top + Math.max(2, even(height)) };
}

/** The clips of waveforms: for each stretch of a piece, of the file that whoever speaks is heard in. */
function drawWaves(
  { pieces, material, rate }: AudiogramRequest,
  box: Box,
  track: string,
): { clips: Clip[]; assetIds: string[] } {
  const clips: Clip[] = [];
  const assetIds = new Set<string>();
  for (const piece of pieces) {
    const heard = material.hearPiece(piece, piece.words);
    for (const voice of findVoices(piece, material, rate)) {
      const sound = pickSound(heard, voice);
      if (sound === undefined) continue;
      const startFrame = Math.max(voice.startFrame, sound.startFrame);
      const endFrame = Math.min(voice.endFrame, sound.endFrame);
      assetIds.add(sound.assetId);
      clips.push({
        id: `${track}-${clips.length + 1}`,
        assetId: waveId(sound.assetId),
        startFrame: piece.atFrame + startFrame - piece.startFrame,
        durationFrames: endFrame - startFrame,
        sourceStartFrame: sound.sourceStartFrame + startFrame - sound.startFrame,
        speed: { num: 1, den: 1 },
        effects: [placeEffect(box)],
      });
    }
  }
  return { clips, assetIds: [...assetIds] };
}

type Voice = { startFrame: number; endFrame: number; assetId: string | undefined };

/** Who is heard when in a piece: it changes half way between the words of one and those of the next. */
function findVoices(piece: ZoomedPiece, material: SourceMaterial, rate: Rational): Voice[] {
  const voices: Voice[] = [];
  let startFrame = piece.startFrame;
  let assetId: string | undefined;
  let lastEndMs = 0;
  for (const word of piece.words) {
    const said = material.findWord(word).assetId;
    if (assetId !== undefined && said !== assetId) {
      const atFrame = msToNearestFrame((lastEndMs + word.startMs) / 2, rate);
      const bounded = Math.min(piece.endFrame, Math.max(startFrame, atFrame));
      if (bounded > startFrame) voices.push({ startFrame, endFrame: bounded, assetId });
      startFrame = bounded;
    }
    assetId = said;
    lastEndMs = word.endMs;
  }
  if (piece.endFrame > startFrame) voices.push({ startFrame, endFrame: piece.endFrame, assetId });
  return voices;
}

/** The sound of that voice, or the first that there is. */
function pickSound(heard: readonly HeardStretch[], voice: Voice): HeardStretch | undefined {
  const there = heard.filter(
    (stretch) => stretch.startFrame < voice.endFrame && stretch.endFrame > voice.startFrame,
  );
  return there.find((stretch) => stretch.assetId === voice.assetId) ?? there[0];
}
