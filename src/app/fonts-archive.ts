/**
 * Takes one file out of an npm package's archive while it is read: the old tar format (POSIX ustar), which npm packs in.
 * What is not asked for is passed over, so that nothing in an archive can name a place to be written to.
 */

const blockBytes = 512;

/** Where in a block of 512 bytes the parts of a header lie. */
const header = { name: [0, 100], size: [124, 136], type: 156, prefix: [345, 500] } as const;

/** Takes the bytes of an archive in pieces of any size and gives `write` those of the file called `wanted`, in order. */
export function createTarExtractor(
  wanted: string,
  write: (bytes: Uint8Array) => Promise<void>,
): (bytes: Uint8Array) => Promise<void> {
  let waiting: Uint8Array = new Uint8Array(0);
  /** Bytes of the current file that are still to come, and of the padding after it. */
  let left = 0;
  let padding = 0;
  let isWanted = false;
  return async (bytes) => {
    let rest = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
    waiting = new Uint8Array(0);
    while (rest.length > 0) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        if (isWanted) await write(part);
        left -= part.length;
        rest = rest.subarray(part.length);
        continue;
      }
      if (padding > 0) {
        const skipped = Math.min(padding, rest.length);
        padding -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      if (rest.length < blockBytes) {
        waiting = rest.slice();
        return;
      }
      const { name, sizeBytes, isFile } = readHeader(rest.subarray(0, blockBytes));
      rest = rest.subarray(blockBytes);
      left = sizeBytes;
      padding = (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
      isWanted = isFile && name === wanted;
    }
  };
}

function readHeader(block: Uint8Array): { name: string; sizeBytes: number; isFile: boolean } {
  const text = ([from, to]: readonly [number, number]) => {
    const field = Buffer.from(block.subarray(from, to)).toString('utf8');
    const end = field.indexOf('\0');
    return end < 0 ? field : field.slice(0, end);
  };
  const prefix = text(header.prefix);
  const size = Number.parseInt(text(header.size).trim() || '0', 8);
  const type = block[header.type] ?? 0;
  return {
    name: prefix === '' ? text(header.name) : `${prefix}/${text(header.name)}`,
    sizeBytes: Number.isSafeInteger(size) && size > 0 ? size : 0,
    // '0', or nothing in archives of old.
    isFile: type === 0x30 || type === 0,
  };
}
