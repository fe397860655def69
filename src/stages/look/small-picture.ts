/**
 * A small picture made ready for comparing: luma and two colour differences as planes, and the same at half size.
 * The pictures are about 96×54 px: averaged over that much, noise and grain are gone, and what is left is what is shown.
 */
export type SmallPicture = {
  readonly width: number;
  readonly height: number;
  /** Luma and the two colour differences (BT.601, full range, 0 to 255), one after the other, row by row. */
  readonly planes: Uint8Array;
  readonly half: Planes;
  /** An eighth of the size, where what moves a little stays where it is; the three planes one after the other. */
  readonly tiny: Float32Array;
  /** How many of a thousand pixels lie in each bin of luma (24) and of colour (8 × 8), luma first. */
  readonly histogram: Float32Array;
  /** Mean luma and its standard deviation, 0 to 255. */
  readonly brightness: number;
  readonly contrast: number;
};

/** Three planes of one size. */
export type Planes = { readonly width: number; readonly height: number; readonly planes: Uint8Array };

const lumaBins = 24;
const chromaBins = 8;

/** Makes a picture of RGB pixels ready for comparing. Pure. */
export function readPicture(rgb: Uint8Array, width: number, height: number): SmallPicture {
  const count = width * height;
  const planes = new Uint8Array(3 * count);
  const histogram = new Float32Array(lumaBins + chromaBins * chromaBins);
  const share = 1000 / count;
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < count; index++) {
    const red = rgb[3 * index]!;
    const green = rgb[3 * index + 1]!;
    const blue = rgb[3 * index + 2]!;
    // ITU-R BT.601: 0.299, 0.587, 0.114.
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    const bluish = 128 + 0.564 * (blue - luma);
    const reddish = 128 + 0.713 * (red - luma);
    planes[index] = luma;
    planes[count + index] = bluish;
    planes[2 * count + index] = reddish;
    sum += luma;
    squares += luma * luma;
    spread(histogram, 0, lumaBins, (luma / 256) * lumaBins, share);
    // Colours crowd around grey: the middle half of the range gets all the bins.
    const across = Math.min(chromaBins - 1, Math.max(0, Math.floor(((bluish - 64) / 128) * chromaBins)));
    const down = Math.min(chromaBins - 1, Math.max(0, Math.floor(((reddish - 64) / 128) * chromaBins)));
    histogram[lumaBins + down * chromaBins + across]! += share;
  }
  const brightness = sum / count;
  const half = halve({ width, height, planes });
  return {
    width,
    height,
    planes,
    half,
    tiny: shrink(half, 4),
    histogram,
    brightness,
    contrast: Math.sqrt(Math.max(0, squares / count - brightness * brightness)),
  };
}

/** Shares a pixel between two bins, so that a slight change of light moves little. */
function spread(histogram: Float32Array, from: number, bins: number, place: number, share: number): void {
  const middle = Math.min(bins - 1, Math.max(0, place - 0.5));
  const low = Math.floor(middle);
  const high = Math.min(bins - 1, low + 1);
  histogram[from + low]! += share * (1 - (middle - low));
  histogram[from + high]! += share * (middle - low);
}

function halve({ width, height, planes }: Planes): Planes {
  const halfWidth = Math.max(1, width >> 1);
  const halfHeight = Math.max(1, height >> 1);
  const half = new Uint8Array(3 * halfWidth * halfHeight);
  const right = width > 1 ? 1 : 0;
  const below = height > 1 ? width : 0;
  for (let plane = 0; plane < 3; plane++) {
    for (let y = 0; y < halfHeight; y++) {
      for (let x = 0; x < halfWidth; x++) {
        const at = plane * width * height + 2 * y * width + 2 * x;
        half[plane * halfWidth * halfHeight + y * halfWidth + x] =
          (planes[at]! + planes[at + right]! + planes[at + below]! + planes[at + below + right]!) / 4;
      }
    }
  }
  return { width: halfWidth, height: halfHeight, planes: half };
}

function shrink(from: Planes, step: number): Float32Array {
  const width = Math.max(1, Math.floor(from.width / step));
  const height = Math.max(1, Math.floor(from.height / step));
  const out = new Float32Array(3 * width * height);
  for (let plane = 0; plane < 3; plane++) {
    const base = plane * from.width * from.height;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        let count = 0;
        for (let row = y * step; row < Math.min(from.height, y * step + step); row++) {
          for (let column = x * step; column < Math.min(from.width, x * step + step); column++) {
            sum += from.planes[base + row * from.width + column]!;
            count += 1;
          }
        }
        out[(plane * height + y) * width + x] = sum / count;
      }
    }
  }
  return out;
}
