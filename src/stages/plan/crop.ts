/** A rectangle of the picture as shown, in px. */
export type CropRectangle = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

type Size = { readonly width: number; readonly height: number };

/**
 * The largest rectangle in the middle of a picture that has the canvas's shape: it fills the canvas and wastes the
 * least. Whole even px, since most video stores colour for two by two of them; at most 1 px off the exact shape.
 */
export function cropToFill(picture: Size, canvas: Size): CropRectangle {
  const scale = Math.min(picture.width / canvas.width, picture.height / canvas.height);
  const width = evenWithin(canvas.width * scale, picture.width);
  const height = evenWithin(canvas.height * scale, picture.height);
  return {
    x: 2 * Math.floor((picture.width - width) / 4),
    y: 2 * Math.floor((picture.height - height) / 4),
    width,
    height,
  };
}

function evenWithin(wanted: number, available: number): number {
  if (available < 2) return available;
  return Math.max(2, Math.min(2 * Math.round(wanted / 2), 2 * Math.floor(available / 2)));
}
