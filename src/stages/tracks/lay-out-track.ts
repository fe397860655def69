import { readableOn } from '../../domain/color-contrast.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import { msToNearestFrame, type Rational } from '../../domain/time.ts';
import type { Asset, Clip, Effect, FileAsset, Timeline, Track, Transition } from '../../domain/timeline.ts';
import { safeBox, type Box, type Canvas } from '../captions/safe-box.ts';
import { cropToFill } from '../plan/crop.ts';
import { backdrop, backdropColor } from '../plan/lay-out-picture.ts';
import { zoomCrop } from '../plan/punch-in.ts';

/** What is seen with a track. Paths and hashes as in a timeline. */
export type TrackPicture =
  | {
      readonly kind: 'image';
      readonly path: string;
      readonly contentHash: string;
      readonly width: number;
      readonly height: number;
    }
  | {
      readonly kind: 'film';
      readonly path: string;
      readonly contentHash: string;
      readonly streamIndex: number;
      readonly width: number;
      readonly height: number;
      readonly durationMs: number;
    };

/** The ways a track is drawn over its picture, or not. */
export const trackDrawings = ['waveform', 'spectrum', 'none'] as const;
/** One of the ways. */
export type TrackDrawing = (typeof trackDrawings)[number];

/** What a film of a track is made of. */
export type TrackFilmRequest = {
  readonly name: string;
  /** The finished sound: it is heard from its start to its end. */
  readonly sound: Pick<FileAsset, 'path' | 'contentHash' | 'durationMs' | 'provenance'>;
  readonly picture: TrackPicture | undefined;
  readonly drawing: TrackDrawing;
  readonly canvas: Canvas;
  readonly rate: Rational;
  /** Of the drawing; made lighter where it could not be seen. */
  readonly color: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** How far a still picture is zoomed into over its time: it moves, and nobody is made dizzy. */
const zoomOverTime = 1.12;

/** How long the end of a film that is shown again dissolves into its beginning, in ms, and how much of it there must be, at least. */
const dissolveMs = 600;
const leastShareOfDissolve = 3;

/** What lies between a picture and the drawing, so that it can be seen on any: 0 is invisible. */
const shadeOpacity = 0.35;

/** The drawing's height, as a share of the canvas's shorter side: alone, and over a picture. */
const heightAlone = 0.36;
const heightOverPicture = 0.22;

/** What platforms play at. */
const loudness = { integratedLufs: -14, truePeakDbtp: -1 };

/**
 * Lays a track out as a film: its sound once, and with it a picture that is slowly zoomed into, a film that is trimmed or shown again and again
 * (its own sound is not heard), or a plain backdrop; over it the sound, drawn where no app covers it.
 */
export function layOutTrack(request: TrackFilmRequest): Timeline {
  const { name, sound, picture, drawing, canvas, rate, metadata } = request;
  // Downwards: there is no sound for a frame that is heard half.
  const durationFrames = Math.max(1, Math.floor((sound.durationMs * rate.num) / (1000 * rate.den)));
  const tracks: Track[] = [];
  const assets: Asset[] = [
    { id: 'sound', kind: 'file', ...sound, hasVideo: false, hasAudio: true, audioStreamIndex: 0 },
  ];
  const seen = layOutSeen(picture, canvas, rate, durationFrames);
  assets.push(...seen.assets);
  tracks.push({ id: 'v1', kind: 'video', clips: seen.clips });
  if (drawing !== 'none') {
    if (picture !== undefined) {
      assets.push({ id: 'shade', kind: 'color', color: backdropColor });
      const shade: Effect = { ...place(wholeOf(canvas)), opacity: shadeOpacity };
      tracks.push({ id: 'v2', kind: 'video', clips: [still('v2-1', 'shade', durationFrames, [shade])] });
    }
    assets.push({
      id: 'drawing',
      kind: 'waveform',
      assetId: 'sound',
      look: drawing,
      color: readableOn(backdropColor, request.color),
    });
    const box = drawingBox(canvas, picture !== undefined);
    const id = `v${tracks.length + 1}`;
    tracks.push({
      id,
      kind: 'video',
      clips: [still(`${id}-1`, 'drawing', durationFrames, [place(box)])],
    });
  }
  tracks.push({ id: 'a1', kind: 'audio', clips: [still('a1-1', 'sound', durationFrames, [])] });
  return parseTimeline({
    version: 1,
    name,
    frameRate: rate,
    width: canvas.width,
    height: canvas.height,
    durationFrames,
    loudness,
    assets,
    tracks,
    transitions: seen.transitions,
    captions: { style: 'none', cues: [] },
    metadata: { pivot: metadata },
  });
}

type Seen = { readonly assets: Asset[]; readonly clips: Clip[]; readonly transitions: Transition[] };

function layOutSeen(
  picture: TrackPicture | undefined,
  canvas: Canvas,
  rate: Rational,
  durationFrames: number,
): Seen {
  if (picture === undefined) {
    return { assets: [backdrop], clips: [still('v1-1', backdrop.id, durationFrames, [])], transitions: [] };
  }
  const { path, contentHash, width, height } = picture;
  const full = cropToFill({ width, height }, canvas);
  if (picture.kind === 'image') {
    const near = zoomCrop(full, zoomOverTime);
    const crop: Effect = {
      kind: 'crop',
      keyframes: [
        { frame: 0, ...full },
        ...(durationFrames === 1 ? [] : [{ frame: durationFrames - 1, ...near }]),
      ],
    };
    return {
      assets: [{ id: 'picture', kind: 'image', path, contentHash }],
      clips: [still('v1-1', 'picture', durationFrames, [crop])],
      transitions: [],
    };
  }
  const { durationMs, streamIndex } = picture;
  const asset: Asset = {
    id: 'picture',
    kind: 'file',
    path,
    contentHash,
    durationMs,
    hasVideo: true,
    hasAudio: false,
    videoStreamIndex: streamIndex,
  };
  const crop: Effect = { kind: 'crop', keyframes: [{ frame: 0, ...full }] };
  const sourceFrames = Math.floor((durationMs * rate.num) / (1000 * rate.den));
  const { clips, transitions } = repeatFilm(sourceFrames, durationFrames, rate);
  return {
    assets: [asset],
    clips: clips.map((clip) => Object.assign(clip, { effects: [crop] })),
    transitions,
  };
}

/**
 * A film from its start, and where it is over from its start again, its end dissolving into its beginning. Each showing lends half of the
 * dissolve to it; one that is too short for that is cut hard.
 */
function repeatFilm(
  sourceFrames: number,
  durationFrames: number,
  rate: Rational,
): { clips: Clip[]; transitions: Transition[] } {
  const half = Math.floor(msToNearestFrame(dissolveMs, rate) / 2);
  const lent = sourceFrames >= 2 * half * leastShareOfDissolve ? half : 0;
  const clips: Clip[] = [];
  const transitions: Transition[] = [];
  for (let startFrame = 0; startFrame < durationFrames;) {
    const sourceStartFrame = clips.length === 0 ? 0 : lent;
    const rest = durationFrames - startFrame;
    // The last showing lends nothing to one after it.
    const isLast = rest <= sourceFrames - sourceStartFrame;
    const frames = isLast ? rest : sourceFrames - sourceStartFrame - lent;
    const clip = {
      ...still(`v1-${clips.length + 1}`, 'picture', Math.max(1, frames), []),
      startFrame,
      sourceStartFrame,
    };
    const before = clips.at(-1);
    // A last showing may be shorter than a whole dissolve.
    const dissolveFrames = 2 * Math.min(lent, Math.floor(frames / 2));
    if (before !== undefined && dissolveFrames > 0) {
      transitions.push({
        id: `t${transitions.length + 1}`,
        trackId: 'v1',
        kind: 'dissolve',
        fromClipId: before.id,
        toClipId: clip.id,
        durationFrames: dissolveFrames,
      });
    }
    clips.push(clip);
    startFrame += clip.durationFrames;
  }
  return { clips, transitions };
}

function still(id: string, assetId: string, durationFrames: number, effects: Effect[]): Clip {
  return {
    id,
    assetId,
    startFrame: 0,
    durationFrames,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects,
  };
}

const wholeOf = ({ width, height }: Canvas): Box => ({ left: 0, top: 0, right: width, bottom: height });

function place({ left, top, right, bottom }: Box): Extract<Effect, { kind: 'place' }> {
  return { kind: 'place', x: left, y: top, width: right - left, height: bottom - top };
}

/** In the middle where there is nothing else to see, at the foot of what no app covers over a picture. */
function drawingBox(canvas: Canvas, isOverPicture: boolean): Box {
  const safe = safeBox(canvas.width, canvas.height);
  const share = isOverPicture ? heightOverPicture : heightAlone;
  const even = (value: number) => 2 * Math.round(value / 2);
  const height = even(share * Math.min(canvas.width, canvas.height));
  const bottom = isOverPicture ? even(safe.bottom) : even((canvas.height + height) / 2);
  return { left: even(safe.left), right: even(safe.right), top: bottom - height, bottom };
}
