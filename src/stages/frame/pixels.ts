import { crc32, deflateSync } from 'node:zlib';

/** A picture of RGB pixels that can be drawn into and written as PNG: for the contact sheet only. */

/** A picture; rows without padding, three bytes a pixel. */
export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** Red, green, blue, 0 to 255. */
export type Ink = readonly [number, number, number];

/** A picture of one colour. */
export function createPixels(width: number, height: number, ink: Ink): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let index = 0; index < data.length; index += 3) data.set(ink, index);
  return { width, height, data };
}

/** Fills a rectangle, cut at the edges; `share` of 1 covers what was there. */
export function fillBox(
  { width, height, data }: Pixels,
  box: { x: number; y: number; width: number; height: number },
  ink: Ink,
  share = 1,
): void {
  const left = Math.max(0, Math.round(box.x));
  const right = Math.min(width, Math.round(box.x + box.width));
  const top = Math.max(0, Math.round(box.y));
  const bottom = Math.min(height, Math.round(box.y + box.height));
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = (y * width + x) * 3;
      for (const [channel, value] of ink.entries()) {
        data[at + channel] = data[at + channel]! * (1 - share) + value * share;
      }
    }
  }
}

/** Draws the outline of a rectangle, inside it. */
export function strokeBox(
  pixels: Pixels,
  box: { x: number; y: number; width: number; height: number },
  ink: Ink,
  thick = 2,
): void {
  const { x, y, width, height } = box;
  fillBox(pixels, { x, y, width, height: thick }, ink);
  fillBox(pixels, { x, y: y + height - thick, width, height: thick }, ink);
  fillBox(pixels, { x, y, width: thick, height }, ink);
  fillBox(pixels, { x: x + width - thick, y, width: thick, height }, ink);
}

/** Puts a part of one picture into another, scaled by averaging. */
export function placePixels(
  onto: Pixels,
  place: { x: number; y: number; width: number; height: number },
  from: Pixels,
  part: { x: number; y: number; width: number; height: number },
): void {
  const across = part.width / place.width;
  const down = part.height / place.height;
  const toIndex = (value: number, most: number) => Math.max(0, Math.min(most - 1, Math.floor(value)));
  for (let y = 0; y < place.height; y += 1) {
    for (let x = 0; x < place.width; x += 1) {
      const sums = [0, 0, 0];
      const samples = 2;
      for (let sub = 0; sub < samples * samples; sub += 1) {
        const fromX = toIndex(part.x + (x + ((sub % samples) + 0.5) / samples) * across, from.width);
        const fromY = toIndex(part.y + (y + (Math.floor(sub / samples) + 0.5) / samples) * down, from.height);
        const at = (fromY * from.width + fromX) * 3;
        for (let channel = 0; channel < 3; channel += 1) sums[channel]! += from.data[at + channel]!;
      }
      const toX = Math.round(place.x) + x;
      const toY = Math.round(place.y) + y;
      if (toX < 0 || toY < 0 || toX >= onto.width || toY >= onto.height) continue;
      const at = (toY * onto.width + toX) * 3;
      for (let channel = 0; channel < 3; channel += 1)
        onto.data[at + channel] = sums[channel]! / samples ** 2;
    }
  }
}

/** Letters of 3 × 5 dots, a row an octal digit. */
const letters: Readonly<Record<string, string>> = {
  '0': '75557', '1': '26227', '2': '71747', '3': '71717', '4': '55711', '5': '74717', '6': '74757', '7': '71122',
  '8': '75757', '9': '75717', ':': '02020', '.': '00002', '-': '00700', ',': '00024', ' ': '00000',
  a: '75755', b: '65656', c: '74447', d: '65556', e: '74647', f: '74644', g: '74557', h: '55755', i: '72227',
  j: '11157', k: '55655', l: '44447', m: '57755', n: '65555', o: '75557', p: '75744', q: '75573', r: '75655',
  s: '74717', t: '72222', u: '55557', v: '55552', w: '55775', x: '55255', y: '55722', z: '71247',
}; // prettier-ignore

/** Writes small letters; what there is no letter for is left free. */
export function writeText(pixels: Pixels, x: number, y: number, text: string, ink: Ink, scale = 2): void {
  for (const [index, letter] of [...text.toLowerCase()].entries()) {
    for (const [row, dots] of [...(letters[letter] ?? '00000')].entries()) {
      for (let column = 0; column < 3; column += 1) {
        if ((Number(dots) & (4 >> column)) === 0) continue;
        const left = x + (index * 4 + column) * scale;
        fillBox(pixels, { x: left, y: y + row * scale, width: scale, height: scale }, ink);
      }
    }
  }
}

/** A picture as a PNG file (W3C PNG, 2nd edition: colour type 2, no interlace). */
export function encodePng({ width, height, data }: Pixels): Uint8Array {
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    rows.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    pngPart('IHDR', header),
    pngPart('IDAT', deflateSync(rows)),
    pngPart('IEND', new Uint8Array()),
  ]);
}

function pngPart(name: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}
