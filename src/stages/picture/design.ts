import { safeBox, type Box, type Canvas } from '../captions/safe-box.ts';

/** How a picture is designed for its sentence: full bleed, on a card, or in type alone. Pure; px of the canvas and of the picture. */

/** A rectangle of a picture, in px of it. */
export type Part = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A picture that can be shown, and what is in it. */
export type StillFacts = Canvas & {
  /** Whom or what it is about: a head, or the busiest part. Left out: all of it. */
  readonly subject?: Part | undefined;
  /** A slide, a screen, a drawing with letters: it is shown whole. */
  readonly isWritten: boolean;
};

/** What a sentence is shown with. */
export type Design =
  /** The picture fills the canvas. */
  | { readonly form: 'full'; readonly part: Part }
  /** A part of it on a card, before the picture itself, out of focus. */
  | { readonly form: 'card'; readonly part: Part; readonly card: Box; readonly back: Part }
  /** There is no picture: a few words, set large. */
  | { readonly form: 'type' };

/** Enlarged more than this, a picture is soft. */
const mostEnlarged = { full: 2.3, card: 2 } as const;

/** Shapes of cards, the tallest first: width over height. */
const cardShapes = [4 / 5, 1, 4 / 3, 16 / 9] as const;

/** How far a face lies below the upper edge of what shows it, and how much room a card has around it, as parts and multiples. */
const headAt = 0.4;
const roomAroundHead = { card: 2.6, close: 1.9 } as const;

/**
 * The form of each picture of a short, in order: full pictures and cards by turns, so that no two neighbours look alike. `isAlike`: whether
 * a picture shows the same as the one before, which then is gone nearer to.
 */
export function planDesigns(
  stills: readonly (StillFacts | undefined)[],
  canvas: Canvas,
  isAlike: (index: number) => boolean,
): Design[] {
  const designs: Design[] = [];
  for (const [index, still] of stills.entries()) {
    if (still === undefined) {
      designs.push({ form: 'type' });
      continue;
    }
    const before = designs.at(-1);
    const full = fullPart(still, canvas);
    const isSharp = canvas.width / full.width <= mostEnlarged.full;
    const wantsFull = before?.form !== 'full' && !still.isWritten && isSharp;
    if (wantsFull) designs.push({ form: 'full', part: full });
    else designs.push(planCard(still, canvas, isAlike(index)));
  }
  return designs;
}

/** What of a picture fills the canvas: as much as fits, with the subject in it, the head a little above the middle. */
export function fullPart(still: StillFacts, canvas: Canvas): Part {
  return partOfShape(still, canvas.width / canvas.height, Number.POSITIVE_INFINITY);
}

/** Where cards stand: between what apps write at the top, and the captions. */
export function stageBox(canvas: Canvas): Box {
  const safe = safeBox(canvas.width, canvas.height);
  const isTall = canvas.height / canvas.width >= 1.5;
  const side = canvas.width * (isTall ? 0.065 : 0.1);
  return {
    left: side,
    right: canvas.width - side,
    top: isTall ? safe.top * 0.6 : safe.top,
    bottom: safe.top + (safe.bottom - safe.top) * (isTall ? 0.78 : 0.68),
  };
}

function planCard(still: StillFacts, canvas: Canvas, isClose: boolean): Design {
  const stage = stageBox(canvas);
  const room = { width: stage.right - stage.left, height: stage.bottom - stage.top };
  const fit = (shape: number) => {
    const width = Math.min(room.width, room.height * shape);
    return { width, height: width / shape };
  };
  const own = still.width / still.height;
  const shapes = still.isWritten ? [Math.max(cardShapes[0], Math.min(2.2, own))] : [...cardShapes];
  let chosen: { part: Part; size: Canvas } | undefined;
  for (const shape of shapes) {
    const size = fit(shape);
    const head = still.subject?.height ?? Number.POSITIVE_INFINITY;
    const nearest = isClose ? roomAroundHead.close : roomAroundHead.card;
    const tallest = still.isWritten || !isClose ? Number.POSITIVE_INFINITY : head * nearest;
    const part = still.isWritten
      ? { x: 0, y: 0, width: still.width, height: still.height }
      : partOfShape(still, shape, Math.max(tallest, size.height / mostEnlarged.card));
    chosen = { part, size };
    if (size.width / part.width <= mostEnlarged.card) break;
  }
  const { part, size } = chosen!;
  const left = (canvas.width - size.width) / 2;
  // A little above the middle: what is below is nearer to the captions.
  const top = stage.top + (room.height - size.height) * 0.45;
  const card = { left, top, right: left + size.width, bottom: top + size.height };
  return { form: 'card', part, card, back: fullPart(still, canvas) };
}

/** The largest part of a shape, no taller than `tallest`, around the subject. */
function partOfShape(still: StillFacts, shape: number, tallest: number): Part {
  const height = Math.min(still.height, still.width / shape, Math.max(16, tallest));
  const width = height * shape;
  const { subject } = still;
  const middle = {
    x: subject === undefined ? still.width / 2 : subject.x + subject.width / 2,
    y: subject === undefined ? still.height / 2 : subject.y + subject.height / 2,
  };
  const clamp = (value: number, most: number) => Math.max(0, Math.min(value, most));
  return {
    x: clamp(middle.x - width / 2, still.width - width),
    y: clamp(middle.y - height * (subject === undefined ? 0.5 : headAt), still.height - height),
    width,
    height,
  };
}
