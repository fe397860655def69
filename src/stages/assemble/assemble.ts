import { captionStyleNames } from '../../domain/caption-style.ts';
import type { CaptionLook } from '../../domain/caption-look.ts';
import { readableOn } from '../../domain/color-contrast.ts';
import type { Provenance } from '../../domain/provenance.ts';
import { msToNearestFrame, type Rational } from '../../domain/time.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import type { Asset, Clip, CueWord, Effect, FontFile, Timeline } from '../../domain/timeline.ts';
import type { Box, Canvas } from '../captions/safe-box.ts';
import { makeCues } from '../captions/make-cues.ts';
import { cardMove, fullMove, moveKeys, type Move } from '../picture/move.ts';
import type { Palette } from '../picture/palette.ts';
import { markKeyWords } from '../plan/emphasis.ts';
import type { SpokenLine } from '../speak/speak-lines.ts';
import { pictureBounds } from './picture-bounds.ts';

/** A file that was made and lies in the short's folder: `path` is relative to that. */
export type MadeFile = {
  readonly path: string;
  readonly contentHash: string;
  readonly provenance: Provenance;
};

/** What one sentence is shown with. */
export type MadePicture = {
  readonly form: 'full' | 'card' | 'type';
  /** Fills the canvas. */
  readonly back: MadeFile & Canvas;
  /** Stands before it. */
  readonly front?: (MadeFile & Canvas & { readonly place: Box }) | undefined;
  /** Where what it is about lies in the back, as parts of its sides. */
  readonly focus: { readonly x: number; readonly y: number };
};

/** Everything that a created short is put together from. */
export type AssembleRequest = {
  readonly title: string;
  readonly canvas: Canvas;
  readonly voice: MadeFile & { readonly durationMs: number };
  readonly lines: readonly SpokenLine[];
  /** One for each line. */
  readonly pictures: readonly MadePicture[];
  /** Left out: nothing but the voice is heard. */
  readonly music?: (MadeFile & { readonly durationMs: number; readonly gainDb: number }) | undefined;
  readonly palette: Palette;
  readonly captionLook: CaptionLook | undefined;
  readonly isEmphasised: boolean;
  readonly fonts: readonly FontFile[];
  /** Set over the first picture; none when left out. */
  readonly headline: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** Of created shorts: what most phones and platforms play. */
export const createdFrameRate: Rational = { num: 30, den: 1 };

/** Platforms play at this loudness; the peak is that of the encoded file. */
const loudness = { integratedLufs: -14, truePeakDbtp: -1 };

/** How music makes way for the voice. */
export const ducking = { depthDb: 8, attackMs: 320, releaseMs: 700 } as const;

/** The music goes on after the last word, so that it can end, in ms. */
export const afterwordsMs = 900;

/** A headline is read within so long, in ms. */
const headlineMs = 3400;

const voiceTrack = 'voice';

/** How many frames a created short has whose last word ends then. */
export function createdFrames(lastWordMs: number): number {
  return Math.max(1, msToNearestFrame(lastWordMs + afterwordsMs, createdFrameRate));
}

/**
 * The timeline of a created short: a picture each sentence, slowly moved over and changed between sentences, the voice, its words as
 * captions, and music that makes way for it. Pure.
 */
export function assembleShort(request: AssembleRequest): Timeline {
  const { lines, voice, music, canvas, captionLook: look, fonts } = request;
  const rate = createdFrameRate;
  const durationFrames = createdFrames(lines.at(-1)?.endMs ?? 0);
  const pictures = layOutPictures(request, durationFrames);
  const headline = layOutHeadline(request, pictures.bounds[1] ?? durationFrames);
  const endMs = Math.floor((durationFrames * 1000 * rate.den) / rate.num);
  const cues = makeCues(toCueWords(lines), { look, ...canvas, endMs, fonts });
  const sentences = lines.map(({ text, startMs, endMs: lineEndMs }) => ({
    text,
    startMs,
    endMs: lineEndMs,
    wordStart: 0,
    wordEnd: 0,
  }));
  const voiceFrames = Math.max(
    1,
    Math.min(durationFrames, Math.floor((voice.durationMs * rate.num) / (1000 * rate.den))),
  );
  const sounds: { readonly asset: Asset; readonly clip: Clip; readonly track: string }[] = [
    {
      asset: soundAsset('voice', voice),
      clip: clipOf('a1-1', 'voice', 0, voiceFrames, []),
      track: voiceTrack,
    },
  ];
  if (music !== undefined) {
    const frames = Math.max(
      1,
      Math.min(durationFrames, Math.floor((music.durationMs * rate.num) / (1000 * rate.den))),
    );
    const effects: Effect[] = [
      { kind: 'gain', gainDb: Math.round(music.gainDb * 10) / 10 },
      { kind: 'duck', under: voiceTrack, ...ducking },
    ];
    sounds.push({
      asset: soundAsset('music', music),
      clip: clipOf('a2-1', 'music', 0, frames, effects),
      track: 'music',
    });
  }
  return parseTimeline({
    version: 1,
    name: request.title,
    frameRate: rate,
    ...canvas,
    durationFrames,
    loudness,
    assets: [...pictures.assets, ...headline.assets, ...sounds.map(({ asset }) => asset)],
    ...(fonts.length === 0 ? {} : { fonts }),
    tracks: [
      { id: 'pictures', kind: 'video', clips: pictures.backs },
      ...(pictures.fronts.length === 0 ? [] : [{ id: 'cards', kind: 'video', clips: pictures.fronts }]),
      ...(headline.clips.length === 0 ? [] : [{ id: 'headline', kind: 'video', clips: headline.clips }]),
      ...sounds.map(({ clip, track }) => ({ id: track, kind: 'audio', clips: [clip] })),
    ],
    transitions: [],
    captions: {
      style: look?.name ?? 'none',
      ...(look === undefined || captionStyleNames.includes(look.name) ? {} : { look }),
      cues: request.isEmphasised ? markKeyWords(cues, { sentences }) : cues,
    },
    metadata: { pivot: request.metadata },
  });
}

function layOutPictures({ lines, pictures, canvas }: AssembleRequest, durationFrames: number) {
  const bounds = pictureBounds(lines, createdFrameRate);
  const assets: Asset[] = [];
  const backs: Clip[] = [];
  const fronts: Clip[] = [];
  const known = new Map<string, string>();
  const assetOf = (file: MadeFile, kind: string): string => {
    const id = known.get(file.contentHash) ?? `${kind}-${known.size + 1}`;
    if (!known.has(file.contentHash)) {
      const { path, contentHash, provenance } = file;
      assets.push({ id, kind: 'image', path, contentHash, provenance });
      known.set(contentHash, id);
    }
    return id;
  };
  const framesPerSecond = createdFrameRate.num / createdFrameRate.den;
  let fulls = 0;
  for (const [index, picture] of pictures.entries()) {
    const startFrame = bounds[index] ?? 0;
    const frames = (bounds[index + 1] ?? durationFrames) - startFrame;
    if (frames <= 0) continue;
    const movedOver = (file: Canvas, move: Move, shape: Canvas): Effect => ({
      kind: 'crop',
      keyframes: moveKeys(move, shapeOf(file, shape), { frames, framesPerSecond }),
    });
    const isFull = picture.form === 'full';
    const back = assetOf(picture.back, 'picture');
    // Behind a card, out of focus, nobody would see it move; the card does.
    const moved = isFull ? [movedOver(picture.back, fullMove(fulls, picture.focus), canvas)] : [];
    if (isFull) fulls += 1;
    backs.push(clipOf(`v1-${index + 1}`, back, startFrame, frames, moved));
    if (picture.front === undefined) continue;
    const front = assetOf(picture.front, 'card');
    const { left: x, top: y, right, bottom } = picture.front.place;
    const place: Effect = { kind: 'place', x, y, width: right - x, height: bottom - y };
    // What is written on a full picture stands still.
    const moves = isFull ? [] : [movedOver(picture.front, cardMove(), place)];
    fronts.push(clipOf(`v2-${index + 1}`, front, startFrame, frames, [...moves, place]));
  }
  return { assets, backs, fronts, bounds };
}

/** The part of a file that has the canvas's shape: sides were rounded to even numbers when it was drawn. */
function shapeOf(file: Canvas, canvas: Canvas): Canvas {
  const scale = Math.min(file.width / canvas.width, file.height / canvas.height);
  return { width: canvas.width * scale, height: canvas.height * scale };
}

/** Over the first picture only, and only where that fills the canvas: a card is in its place. */
function layOutHeadline({ headline, palette, pictures }: AssembleRequest, firstFrames: number) {
  const text = headline === undefined ? '' : [...headline].slice(0, 200).join('').trim();
  if (text === '' || pictures[0]?.form !== 'full') return { assets: [] as Asset[], clips: [] as Clip[] };
  const frames = Math.max(1, Math.min(firstFrames, msToNearestFrame(headlineMs, createdFrameRate)));
  const asset: Asset = {
    id: 'headline',
    kind: 'title',
    text,
    font: 'montserrat-extra-bold',
    fontSizePx: 62,
    color: readableOn(palette.accent, palette.deep),
    boxColor: palette.accent,
    place: 'top',
  };
  return { assets: [asset], clips: [clipOf('v3-1', 'headline', 0, frames, [])] };
}

function toCueWords(lines: readonly SpokenLine[]): CueWord[] {
  return lines.flatMap(({ words }) =>
    words
      .filter(({ text }) => text !== '')
      .map(({ text, startMs, endMs }) => ({
        text: [...text].slice(0, 200).join(''),
        startMs,
        endMs,
        sourceStartMs: startMs,
        sourceEndMs: endMs,
        assetId: 'voice',
      })),
  );
}

function soundAsset(id: string, file: MadeFile & { readonly durationMs: number }): Asset {
  const { path, contentHash, durationMs, provenance } = file;
  return {
    id,
    kind: 'file',
    path,
    contentHash,
    durationMs,
    hasVideo: false,
    hasAudio: true,
    audioStreamIndex: 0,
    provenance,
  };
}

function clipOf(
  id: string,
  assetId: string,
  startFrame: number,
  durationFrames: number,
  effects: Effect[],
): Clip {
  return {
    id,
    assetId,
    startFrame,
    durationFrames,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects,
  };
}
