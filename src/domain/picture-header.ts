/** What the head of a picture file says of it: PNG and JPEG, the kinds that images on a timeline may have. */

/** A still picture's kind and its size in px, as stored. */
export type PictureHeader = {
  readonly format: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
};

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Tells a PNG or JPEG by its first bytes; undefined for everything else, and for one that is cut off before its size. */
export function readPictureHeader(head: Buffer): PictureHeader | undefined {
  const found = head.subarray(0, 8).equals(pngSignature) ? readPng(head) : readJpeg(head);
  return found === undefined || found.width === 0 || found.height === 0 ? undefined : found;
}

/** The first chunk is IHDR, which begins with width and height (PNG specification, 11.2.1). */
function readPng(head: Buffer): PictureHeader | undefined {
  if (head.length < 24 || head.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { format: 'png', width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** Goes from marker to marker until the frame header, which holds precision, height and width (ITU-T T.81, B.2.2). */
function readJpeg(head: Buffer): PictureHeader | undefined {
  if (head.length < 4 || head.readUInt16BE(0) !== 0xffd8) return undefined;
  let at = 2;
  while (at + 9 <= head.length) {
    if (head[at] !== 0xff) return undefined;
    const marker = head[at + 1] ?? 0;
    // Any number of 0xff may stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return { format: 'jpeg', height: head.readUInt16BE(at + 5), width: head.readUInt16BE(at + 7) };
    // The scan begins: no frame header came before it.
    if (marker === 0xda) return undefined;
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    at += isAlone ? 2 : 2 + head.readUInt16BE(at + 2);
  }
  return undefined;
}
