import { createHash } from 'node:crypto';
import { mainVideo, type VideoStream } from '../../domain/media.ts';
import type { FontFile } from '../../domain/timeline.ts';
import { probeMedia } from '../../media/probe.ts';
import { runRender } from '../../media/run-render.ts';
import type { Box, Canvas } from '../captions/safe-box.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { planDesigns, type Design, type Part } from './design.ts';
import {
  backGraph,
  drawnOver,
  drawnSize,
  frontBox,
  frontGraph,
  frontSize,
  type DrawnDesign,
} from './draw-design.ts';
import { writeLettering, type Lettering } from './front-script.ts';
import type { Palette } from './palette.ts';

/** A picture that is at hand, and what is in it. */
export type PictureAtHand = {
  /** A PNG or JPEG. */
  readonly path: string;
  readonly contentHash: string;
  /** Px of the picture as shown. */
  readonly subject: Part | undefined;
  readonly isWritten: boolean;
  /** What tells whether two show the same: a source, or nothing for what was made. */
  readonly sameAs: string | undefined;
  /** Whether its colours are brought nearer to the palette. */
  readonly isGraded: boolean;
};

/** What a sentence is to be shown with. */
export type PictureWish = {
  readonly picture: PictureAtHand | undefined;
  readonly lettering: Lettering;
  /** Set large where there is no picture. */
  readonly words: readonly string[];
};

/** Files of one sentence's picture, and where what it is about lies, as parts of the sides. */
export type DrawnPicture = {
  readonly form: Design['form'];
  readonly back: Canvas & { readonly path: string };
  /** `place`: where on the canvas it stands. */
  readonly front: (Canvas & { readonly path: string; readonly place: Box }) | undefined;
  readonly focus: { readonly x: number; readonly y: number };
};

/** Counted up when the same picture would be drawn otherwise. */
const drawVersion = 2;

/** Draws the pictures of a short, each once: what was drawn before comes from the cache. `pathFor` names the files. */
export async function drawPictures(
  wishes: readonly PictureWish[],
  look: {
    readonly canvas: Canvas;
    readonly palette: Palette;
    readonly fonts: readonly FontFile[];
  },
  pathFor: (ending: string) => string,
  ports: { readonly cache: StageCache },
  { signal, report }: StageContext,
): Promise<DrawnPicture[]> {
  const { canvas, palette, fonts } = look;
  const found: ((PictureAtHand & { readonly video: VideoStream }) | undefined)[] = [];
  for (const { picture } of wishes) {
    if (picture === undefined) {
      found.push(undefined);
      continue;
    }
    const video = mainVideo(await probeMedia(picture.path, { signal, isImage: true }));
    found.push(video === undefined ? undefined : { ...picture, video });
  }
  const stills = found.map((one) =>
    one === undefined
      ? undefined
      : {
          width: one.video.displayWidth,
          height: one.video.displayHeight,
          subject: one.subject,
          isWritten: one.isWritten,
        },
  );
  const isAlike = (index: number) =>
    found[index]?.sameAs !== undefined && found[index]?.sameAs === found[index - 1]?.sameAs;
  const designs = planDesigns(stills, canvas, isAlike);
  const drawn: DrawnPicture[] = [];
  for (const [index, design] of designs.entries()) {
    report({ done: index, total: designs.length, unit: 'pictures' });
    const wish = wishes[index]!;
    const card = design.form === 'card' ? design.card : undefined;
    const lettering = design.form === 'type' ? { ...wish.lettering, words: wish.words } : wish.lettering;
    const script = writeLettering(lettering, { canvas, palette, card, fonts });
    const request: DrawnDesign = {
      design,
      canvas,
      palette,
      picture: found[index],
      lettering: script,
      isGraded: found[index]?.isGraded === true,
    };
    const inputs = {
      design,
      canvas,
      palette,
      picture: found[index]?.contentHash,
      isGraded: request.isGraded,
      over: drawnOver,
    };
    const back = pathFor('.jpg');
    await ports.cache.rememberFile(
      {
        name: 'picture-back',
        version: drawVersion,
        inputs,
        run: async (path) => void (await runRender(backGraph(request, path), { signal })),
      },
      back,
    );
    drawn.push({
      form: design.form,
      back: { path: back, ...drawnSize(canvas, drawnOver.back) },
      front: await drawFront(request, inputs, pathFor, ports, signal),
      focus: focusOf(design, stills[index]?.subject),
    });
  }
  report({ done: designs.length, total: designs.length, unit: 'pictures' });
  return drawn;
}

async function drawFront(
  request: DrawnDesign,
  inputs: Readonly<Record<string, unknown>>,
  pathFor: (ending: string) => string,
  ports: { readonly cache: StageCache },
  signal: AbortSignal,
): Promise<DrawnPicture['front']> {
  const path = pathFor('.png');
  if (frontGraph(request, path) === undefined) return undefined;
  const { lettering } = request;
  const letters =
    lettering === undefined ? undefined : createHash('sha256').update(lettering.text).digest('hex');
  await ports.cache.rememberFile(
    {
      name: 'picture-front',
      version: drawVersion,
      inputs: { ...inputs, letters },
      run: async (temporary) => void (await runRender(frontGraph(request, temporary)!, { signal })),
    },
    path,
  );
  return { path, ...frontSize(request), place: frontBox(request) };
}

function focusOf(design: Design, subject: Part | undefined): { readonly x: number; readonly y: number } {
  if (design.form !== 'full' || subject === undefined) return { x: 0.5, y: 0.45 };
  const { part } = design;
  const share = (middle: number, from: number, side: number) =>
    Math.max(0.2, Math.min(0.8, (middle - from) / side));
  return {
    x: share(subject.x + subject.width / 2, part.x, part.width),
    y: share(subject.y + subject.height / 2, part.y, part.height),
  };
}
