import { PatternPivotError } from '../../domain/errors.ts';

/** A picture in memory: red, green and blue of each pixel, row by row. */
export type RgbPicture = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** Reads a PPM picture as FFmpeg writes it (P6, 8 bits; netpbm.sourceforge.net/doc/ppm.html). @throws tool.picture_invalid */
export function readPpm(bytes: Uint8Array): RgbPicture {
  const head = /^P6\s(\d{1,5})\s(\d{1,5})\s255\s/u.exec(
    Buffer.from(bytes.subarray(0, 32)).toString('latin1'),
  );
  const [width, height] = [Number(head?.[1]), Number(head?.[2])];
  const start = head?.[0].length ?? 0;
  const data = bytes.subarray(start, start + width * height * 3);
  if (head === null || data.length !== width * height * 3) {
    throw new PatternPivotError('tool.picture_invalid', 'A picture of the clip could not be drawn whole.');
  }
  return { width, height, data };
}
