import { z } from 'zod';
import type { Source } from '../../domain/source.ts';
import { openFrames } from '../../media/open-frames.ts';
import type { StageCache, StageContext } from '../stage.ts';

/**
 * The fingerprint of a picture: a difference hash of 64 bits for each second, 16 hex digits each. A bit says whether a part of the picture is
 * brighter than the one to its right (N. Krawetz, "Kind of Like That", 2013): new encodings, sizes and levels leave it alone.
 */
export type PicturePrint = readonly string[];

/** Counted up when the same picture would get another print. */
const version = 1;

/** Fields that are compared: each with its neighbour to the right. */
const columns = 9;
const rows = 8;

/** How small frames are when they are read, in px. */
const readWidth = 72;

/** Longer films are looked at so far, in seconds. */
const mostSeconds = 3600;

const printSchema = z.array(z.string().regex(/^[0-9a-f]{16}$/u));

/** Makes the fingerprint of a film's picture; empty where there is none. Cached by content. @throws input.unreadable, tool.child_died */
export function printPicture(
  source: Source,
  ports: { readonly cache: StageCache },
  { signal }: Pick<StageContext, 'signal'>,
): Promise<PicturePrint> {
  return ports.cache.remember({
    name: 'picture-print',
    version,
    inputs: { contentHash: source.contentHash },
    schema: printSchema,
    run: async () => {
      if (source.info.video.every(({ isAttachedPicture }) => isAttachedPicture)) return [];
      const frames = openFrames(source.path, {
        ranges: [{ startMs: 0, endMs: Math.min(source.info.durationMs, mostSeconds * 1000) }],
        frameRate: { num: 1, den: 1 },
        sizes: [{ name: 'print', width: readWidth, pixelFormat: 'gray', everyFrames: 1 }],
        signal,
      });
      const hashes: string[] = [];
      for await (const frame of frames) hashes.push(hashFrame(frame));
      return hashes;
    },
  });
}

/** The difference hash of a grey picture, 16 hex digits. */
export function hashFrame({
  width,
  height,
  data,
}: {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}): string {
  const field = (column: number, row: number) => {
    const [left, right] = [
      Math.floor((column * width) / columns),
      Math.floor(((column + 1) * width) / columns),
    ];
    const [top, bottom] = [Math.floor((row * height) / rows), Math.floor(((row + 1) * height) / rows)];
    let [sum, count] = [0, 0];
    for (let y = top; y < Math.max(bottom, top + 1); y++) {
      for (let x = left; x < Math.max(right, left + 1); x++) {
        sum += data[y * width + x] ?? 0;
        count += 1;
      }
    }
    return sum / count;
  };
  let bits = 0n;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns - 1; column++) {
      bits = (bits << 1n) | (field(column, row) > field(column + 1, row) ? 1n : 0n);
    }
  }
  return bits.toString(16).padStart(16, '0');
}

/** Up to so many of 64 bits may differ in the same picture: other captions over it change a row or two. */
const alikeBits = 12;

/**
 * How much of the shorter of two pictures is seen in the other, 0 to 1, where the second lies `shiftSeconds` later.
 * Flat pictures (all bits alike) say nothing and are left out.
 */
export function comparePictures(first: PicturePrint, second: PicturePrint, shiftSeconds = 0): number {
  let [compared, alike] = [0, 0];
  for (const [at, hash] of first.entries()) {
    const other = second[at + Math.round(shiftSeconds)];
    if (other === undefined || isFlat(hash) || isFlat(other)) continue;
    compared += 1;
    if (countBits(BigInt(`0x${hash}`) ^ BigInt(`0x${other}`)) <= alikeBits) alike += 1;
  }
  const shorter = Math.min(
    first.filter((hash) => !isFlat(hash)).length,
    second.filter((hash) => !isFlat(hash)).length,
  );
  return compared === 0 || shorter === 0 ? 0 : Math.min(1, alike / shorter);
}

const isFlat = (hash: string) => /^(?:0{16}|f{16})$/u.test(hash);

function countBits(value: bigint): number {
  let count = 0;
  for (let left = value; left > 0n; left &= left - 1n) count += 1;
  return count;
}
