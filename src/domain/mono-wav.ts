/** A mono WAV of 32-bit floats (RIFF's format 3), whole in memory: half a minute of a model's. */
export function monoWav(samples: Float32Array, rateHz: number): Buffer {
  const headBytes = 44;
  const bytes = Buffer.alloc(headBytes + samples.length * 4);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(3, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(rateHz * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 4, 40);
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).copy(bytes, headBytes);
  return bytes;
}
