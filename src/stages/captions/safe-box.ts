/** A rectangle in px of the canvas; `right` and `bottom` are its far edges. */
export type Box = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

/** Size of a picture in px. */
export type Canvas = { readonly width: number; readonly height: number };

/** Shares of the canvas. */
type Margins = { readonly side: number; readonly top: number; readonly bottom: number };

/**
 * What stays free at the edges, by how tall the shape is. Upright: the controls of TikTok, Reels and Shorts lie over the
 * picture. The others are shown in a feed with the controls beside them; there it is the graphics-safe area of television
 * (5 % a side, EBU R 95), a little more for rounded corners, and at the foot of a wide film the player's bar.
 */
const marginsByShape: readonly (Margins & { readonly fromTallness: number })[] = [
  { fromTallness: 1.5, side: 0.1, top: 0.2, bottom: 0.2 },
  { fromTallness: 1.1, side: 0.07, top: 0.08, bottom: 0.08 },
  { fromTallness: 0.8, side: 0.06, top: 0.06, bottom: 0.06 },
  { fromTallness: 0, side: 0.06, top: 0.06, bottom: 0.08 },
];

/**
 * The part of a picture that no app covers with its own controls. For 1080×1920 it is x 108 to 972, y 384 to 1536,
 * which is safe on TikTok, Reels and Shorts alike; 4:5, 1:1 and 16:9 leave narrower margins free (docs/captions.md).
 */
export function safeBox(width: number, height: number): Box {
  const tallness = height / width;
  const { side, top, bottom } = marginsByShape.find(({ fromTallness }) => tallness >= fromTallness) ?? {
    side: 0.1,
    top: 0.2,
    bottom: 0.2,
  };
  return {
    left: width * side,
    top: height * top,
    right: width * (1 - side),
    bottom: height * (1 - bottom),
  };
}

/** The side of the canvas that sizes are given for. */
const referenceShortSidePx = 1080;

/** How much larger than its specification a style is drawn on a canvas. */
export function styleScale(canvas: Canvas): number {
  return Math.min(canvas.width, canvas.height) / referenceShortSidePx;
}

/** Where in the upright safe box a share of the height lies: styles are written for that shape. */
const uprightSafe = { top: 0.2, bottom: 0.8 };

/** A style's `middleY` in px: in upright shapes that share of the height, in others the same place of their safe box. */
export function middleOf(middleY: number, canvas: Canvas): number {
  const safe = safeBox(canvas.width, canvas.height);
  const share = (middleY - uprightSafe.top) / (uprightSafe.bottom - uprightSafe.top);
  return safe.top + share * (safe.bottom - safe.top);
}

/** The smallest box that holds all of them. */
export function uniteBoxes(boxes: readonly Box[]): Box {
  return {
    left: Math.min(...boxes.map((box) => box.left)),
    top: Math.min(...boxes.map((box) => box.top)),
    right: Math.max(...boxes.map((box) => box.right)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
  };
}

/** A box at another place. */
export function moveBox(box: Box, x: number, y: number): Box {
  return { left: box.left + x, right: box.right + x, top: box.top + y, bottom: box.bottom + y };
}
