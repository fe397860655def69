/** Bytes of the head of a WAV of 32-bit floats; the samples follow. */
export const floatWavHeadBytes = 58;

/** The head of a stereo WAV of 32-bit floats (RIFF's format 3, with the `fact` chunk that it wants). */
export function floatWavHead(samples: number, rateHz: number): Buffer {
  const channels = 2;
  const bytes = samples * channels * 4;
  const head = Buffer.alloc(floatWavHeadBytes);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(floatWavHeadBytes - 8 + bytes, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(18, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rateHz, 24);
  head.writeUInt32LE(rateHz * channels * 4, 28);
  head.writeUInt16LE(channels * 4, 32);
  head.writeUInt16LE(32, 34);
  head.writeUInt16LE(0, 36);
  head.write('fact', 38, 'latin1');
  head.writeUInt32LE(4, 42);
  head.writeUInt32LE(samples, 46);
  head.write('data', 50, 'latin1');
  head.writeUInt32LE(bytes, 54);
  return head;
}
