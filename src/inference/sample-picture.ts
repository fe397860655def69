/** Cutting a turned square out of a picture: pure. */

/** A picture of 8 bits, rows of red, green and blue. */
export type Picture = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** A square in a picture, px; `turn` in radians, clockwise as one sees it. */
export type Square = {
  readonly centerX: number;
  readonly centerY: number;
  readonly side: number;
  readonly turn: number;
};

/** The square as a picture of `size` × `size`, black where it reaches over the edge. Samples between four pixels. */
export function sampleSquare({ width, height, data }: Picture, square: Square, size: number): Uint8Array {
  const out = new Uint8Array(size * size * 3);
  const step = square.side / size;
  const cos = Math.cos(square.turn) * step;
  const sin = Math.sin(square.turn) * step;
  const middle = (size - 1) / 2;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const right = column - middle;
      const down = row - middle;
      const x = square.centerX - 0.5 + right * cos - down * sin;
      const y = square.centerY - 0.5 + right * sin + down * cos;
      if (x < 0 || y < 0 || x > width - 1 || y > height - 1) continue;
      const left = Math.min(width - 2, Math.floor(x));
      const top = Math.min(height - 2, Math.floor(y));
      if (left < 0 || top < 0) continue;
      const acrossPart = x - left;
      const downPart = y - top;
      const from = (top * width + left) * 3;
      const below = from + width * 3;
      const to = (row * size + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const upper = data[from + channel]! * (1 - acrossPart) + data[from + 3 + channel]! * acrossPart;
        const lower = data[below + channel]! * (1 - acrossPart) + data[below + 3 + channel]! * acrossPart;
        out[to + channel] = upper * (1 - downPart) + lower * downPart + 0.5;
      }
    }
  }
  return out;
}

/** A point of the square's picture in the picture that it was cut out of. */
export function fromSquare(
  square: Square,
  size: number,
  point: { x: number; y: number },
): { x: number; y: number } {
  const step = square.side / size;
  const right = (point.x - size / 2) * step;
  const down = (point.y - size / 2) * step;
  return {
    x: square.centerX + right * Math.cos(square.turn) - down * Math.sin(square.turn),
    y: square.centerY + right * Math.sin(square.turn) + down * Math.cos(square.turn),
  };
}

/** The whole picture at another size, with its nearest four pixels blended. */
export function resizePicture({ width, height, data }: Picture, toWidth: number, toHeight: number): Picture {
  if (toWidth === width && toHeight === height) return { width, height, data };
  const out = new Uint8Array(toWidth * toHeight * 3);
  const columns = Array.from({ length: toWidth }, (_, column) => {
    const x = Math.min(width - 1, Math.max(0, ((column + 0.5) * width) / toWidth - 0.5));
    return { left: Math.floor(x) * 3, right: Math.min(width - 1, Math.floor(x) + 1) * 3, part: x % 1 };
  });
  let to = 0;
  for (let row = 0; row < toHeight; row++) {
    const y = Math.min(height - 1, Math.max(0, ((row + 0.5) * height) / toHeight - 0.5));
    const upper = Math.floor(y) * width * 3;
    const lower = Math.min(height - 1, Math.floor(y) + 1) * width * 3;
    const down = y % 1;
    for (const { left, right, part } of columns) {
      for (let channel = 0; channel < 3; channel++) {
        const above = data[upper + left + channel]! * (1 - part) + data[upper + right + channel]! * part;
        const below = data[lower + left + channel]! * (1 - part) + data[lower + right + channel]! * part;
        out[to++] = above * (1 - down) + below * down + 0.5;
      }
    }
  }
  return { width: toWidth, height: toHeight, data: out };
}
