import { readPictureHeader } from '../../domain/picture-header.ts';
import type { ImageFile } from '../../ports/images.ts';

/** Whether bytes from a server are a whole picture: what was cut off half way still begins like one. Pure. */

/** Sides of pictures that are believed, in px. */
const sideRange = { least: 64, most: 8192 };

/** Every PNG ends with this empty chunk and its checksum (PNG specification, 11.2.5). */
const pngEnd = Buffer.from([0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);

/** The marker that ends a JPEG (ITU-T T.81, B.1.1.3). */
const jpegEnd = Buffer.from([0xff, 0xd9]);

/** A picture, or in words what is wrong with the bytes. */
export function readPicture(bytes: Buffer): { readonly picture: ImageFile } | { readonly problem: string } {
  if (bytes.length === 0) return { problem: 'an empty picture' };
  const header = readPictureHeader(bytes);
  if (header === undefined) return { problem: 'something else than a PNG or JPEG picture' };
  const { format, width, height } = header;
  if (Math.min(width, height) < sideRange.least || Math.max(width, height) > sideRange.most) {
    return { problem: `a picture of ${width}×${height} px` };
  }
  // Some writers pad a JPEG with zeros.
  const tail = bytes.subarray(Math.max(0, bytes.length - 64));
  const isWhole = format === 'png' ? tail.subarray(-pngEnd.length).equals(pngEnd) : tail.includes(jpegEnd);
  if (!isWhole) return { problem: 'half a picture' };
  return { picture: { bytes, mediaType: format === 'png' ? 'image/png' : 'image/jpeg' } };
}
