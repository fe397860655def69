import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withFileErrors } from '../../domain/file-error.ts';
import { framedCropAt, type FramedPane, type FramedShot, type Framing } from '../../domain/framing.ts';
import type { Source } from '../../domain/source.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import { frameToMs, mergeRanges, type TimeRange } from '../../domain/time.ts';
import { openFrames } from '../../media/open-frames.ts';
import type { StageContext } from '../stage.ts';
import { needPicture } from './frame-source.ts';
import {
  createPixels,
  encodePng,
  fillBox,
  placePixels,
  strokeBox,
  writeText,
  type Ink,
  type Pixels,
} from './pixels.ts';

/** The contact sheet of a framing: the source with its faces, crop and path, and beside it what the canvas shows. For a person. */

/** A sheet has so many pictures at most, and of one shot at least this many while there is room. */
const mostTiles = 60;
const tilesOfShot = 3;

/** Sizes in px. */
const sourceWidth = 400;
const gap = 8;
const labelHeight = 16;
const columns = 3;

const inks = {
  paper: [24, 24, 28],
  text: [230, 230, 235],
  crop: [255, 255, 255],
  face: [255, 200, 60],
  speaking: [80, 230, 120],
  path: [90, 170, 255],
} satisfies Record<string, Ink>;

type Tile = { readonly shot: FramedShot; readonly frame: number };

/** Draws a framing's sheet as a PNG file. @throws input.not_writable, and what reading throws */
export async function drawSheet(
  source: Source,
  framing: Framing,
  path: string,
  context: StageContext,
): Promise<void> {
  const tiles = chooseTiles(framing);
  const scale = sourceWidth / framing.width;
  const height = Math.round(framing.height * scale);
  const { canvas } = framing;
  const shownWidth = Math.round((height * canvas.width) / canvas.height);
  const tile = { width: sourceWidth + gap / 2 + shownWidth + gap, height: height + labelHeight + gap };
  const rows = Math.max(1, Math.ceil(tiles.length / columns));
  const sheet = createPixels(columns * tile.width + gap, rows * tile.height + gap, inks.paper);
  let index = 0;
  for await (const { pixels, tile: drawn } of readTiles(source, framing, tiles, context)) {
    const x = gap + (index % columns) * tile.width;
    const y = gap + Math.floor(index / columns) * tile.height;
    drawTile(sheet, { x, y, height, shownWidth }, pixels, drawn, framing);
    index += 1;
    context.report({ done: index, total: tiles.length, unit: 'pictures' });
  }
  await withFileErrors(path, async () => {
    const temporary = join(dirname(path), temporaryFileName());
    try {
      await writeFile(temporary, encodePng(sheet));
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

/** Frames spread over each shot; of very many shots only some. Pure. */
export function chooseTiles({ shots }: Framing): Tile[] {
  const each = Math.max(1, Math.min(tilesOfShot, Math.floor(mostTiles / Math.max(1, shots.length))));
  const step = Math.max(1, shots.length / mostTiles);
  const chosen = shots.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  return chosen.flatMap((shot) => {
    const length = shot.endFrame - shot.startFrame;
    const frames = Array.from({ length: each }, (_, index) =>
      Math.min(shot.endFrame - 1, shot.startFrame + Math.floor(((index + 0.5) * length) / each)),
    );
    return [...new Set(frames)].map((frame) => ({ shot, frame }));
  });
}

async function* readTiles(
  source: Source,
  framing: Framing,
  tiles: readonly Tile[],
  { signal }: StageContext,
): AsyncGenerator<{ pixels: Pixels; tile: Tile }> {
  const { path, video, offsetMs } = needPicture(source);
  const { frameRate } = framing;
  const offset = Math.round((offsetMs * frameRate.num) / (1000 * frameRate.den));
  const halfFrameMs = (500 * frameRate.den) / frameRate.num;
  const ranges: TimeRange[] = [];
  for (const { frame } of tiles) {
    const atMs = frameToMs(frame - offset, frameRate);
    const range = {
      startMs: Math.max(0, Math.floor(atMs - halfFrameMs / 2)),
      endMs: Math.ceil(atMs + halfFrameMs),
    };
    ranges.push(range);
  }
  if (ranges.length === 0) return;
  const wanted = new Map(tiles.map((tile) => [tile.frame - offset, tile]));
  const frames = openFrames(path, {
    streamIndex: video.index,
    ranges: mergeRanges(ranges),
    frameRate,
    sizes: [{ name: 'sheet', width: Math.min(960, framing.width), pixelFormat: 'rgb24', everyFrames: 1 }],
    signal,
  });
  for await (const { frame, width, height, data } of frames) {
    const tile = wanted.get(frame);
    if (tile !== undefined) yield { pixels: { width, height, data }, tile };
  }
}

type Place = { readonly x: number; readonly y: number; readonly height: number; readonly shownWidth: number };

function drawTile(
  sheet: Pixels,
  place: Place,
  picture: Pixels,
  { shot, frame }: Tile,
  framing: Framing,
): void {
  const { x, y, height, shownWidth } = place;
  const top = y + labelHeight;
  const full = { x: 0, y: 0, width: picture.width, height: picture.height };
  placePixels(sheet, { x, y: top, width: sourceWidth, height }, picture, full);
  const scale = sourceWidth / framing.width;
  const onTile = (box: { x: number; y: number; width: number; height: number }) => ({
    x: x + box.x * scale,
    y: top + box.y * scale,
    width: box.width * scale,
    height: box.height * scale,
  });
  const ms = frameToMs(frame, framing.frameRate);
  const atText = `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1000).toFixed(2).padStart(5, '0')}`;
  writeText(
    sheet,
    x,
    y + 2,
    `${atText} ${shot.layout} ${shot.trackIds.join(',')} ${shot.reason}`.slice(0, 60),
    inks.text,
  );
  for (const { x: left, y: above, width, height: tall } of pathDots(shot)) {
    const dot = onTile({ x: left + width / 2, y: above + tall / 2, width: 0, height: 0 });
    fillBox(sheet, { x: dot.x - 1, y: dot.y - 1, width: 3, height: 3 }, inks.path);
  }
  for (const track of framing.tracks) {
    const box = faceAt(track.boxes, frame);
    if (box === undefined) continue;
    const isSpeaking = track.speaking.some(({ startMs, endMs }) => startMs <= ms && ms < endMs);
    const drawn = onTile(box);
    strokeBox(sheet, drawn, isSpeaking ? inks.speaking : inks.face);
    writeText(sheet, drawn.x + 3, drawn.y + 4, track.id, isSpeaking ? inks.speaking : inks.face);
  }
  const panes = panesOf(shot, framing);
  const shown = { x: x + sourceWidth + gap / 2, y: top };
  const perPx = shownWidth / framing.canvas.width;
  fillBox(sheet, { ...shown, width: shownWidth, height }, [0, 0, 0]);
  for (const { place: pane, crops } of panes) {
    const crop = framedCropAt(crops, frame);
    if (crop === undefined) continue;
    strokeBox(sheet, onTile(crop), inks.crop);
    const fromSource = picture.width / framing.width;
    placePixels(
      sheet,
      {
        x: shown.x + pane.x * perPx,
        y: shown.y + pane.y * perPx,
        width: Math.round(pane.width * perPx),
        height: Math.round(pane.height * perPx),
      },
      picture,
      {
        x: crop.x * fromSource,
        y: crop.y * fromSource,
        width: crop.width * fromSource,
        height: crop.height * fromSource,
      },
    );
  }
}

/** What stands where on the canvas; a picture that is whole stands in its middle. */
function panesOf(shot: FramedShot, { canvas, width, height }: Framing): readonly FramedPane[] {
  if (shot.panes !== undefined) return shot.panes;
  const { crops } = shot;
  if (shot.layout !== 'fit') return [{ place: { x: 0, y: 0, ...canvas }, crops }];
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const place = { width: width * scale, height: height * scale };
  return [
    {
      place: { x: (canvas.width - place.width) / 2, y: (canvas.height - place.height) / 2, ...place },
      crops,
    },
  ];
}

function pathDots(shot: FramedShot) {
  const dots = 40;
  const length = shot.endFrame - shot.startFrame;
  return Array.from(
    { length: dots },
    (_, index) => shot.startFrame + Math.floor((index * length) / dots),
  ).flatMap((frame) => framedCropAt(shot.crops, frame) ?? []);
}

function faceAt(boxes: Framing['tracks'][number]['boxes'], frame: number) {
  const before = boxes.findLast((box) => box.frame <= frame);
  const after = boxes.find((box) => box.frame >= frame);
  if (before === undefined || after === undefined || after.frame - before.frame > 40) return undefined;
  return framedCropAt([before, after], frame);
}
