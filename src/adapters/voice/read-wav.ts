/** Sound as a WAV file holds it, brought to one channel: −1 to 1. */
export type WavSound = { readonly sampleRateHz: number; readonly samples: Float32Array };

/** RIFF's codes for how samples are written: https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
const [integers, floats, extensible] = [1, 3, 0xfffe];

/** Who streams a WAV does not know its length yet, and writes one that no file has. */
const unknownFrom = 0x7fff_0000;

/**
 * Reads the usual kinds of WAV (integers of 16, 24 or 32 bits, floats of 32, any channels), whole in memory. `length` says what is wrong
 * where it ends too early. Undefined: it is no such WAV, and may be another format.
 */
export function readWav(bytes: Buffer): WavSound | 'cut off' | undefined {
  if (bytes.length < 12 || !/^RIFF[^]{4}WAVE$/u.test(bytes.toString('latin1', 0, 12))) return undefined;
  let format: { code: number; channels: number; rate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const from = at + 8;
    if (id === 'fmt ' && size >= 16 && from + size <= bytes.length) {
      const code = bytes.readUInt16LE(from);
      format = {
        code: code === extensible && size >= 26 ? bytes.readUInt16LE(from + 24) : code,
        channels: bytes.readUInt16LE(from + 2),
        rate: bytes.readUInt32LE(from + 4),
        bits: bytes.readUInt16LE(from + 14),
      };
    }
    if (id === 'data') {
      if (format === undefined) return undefined;
      const isStreamed = size >= unknownFrom || (size === 0 && bytes.length > from);
      if (!isStreamed && from + size > bytes.length) return 'cut off';
      return readSamples(bytes.subarray(from, isStreamed ? bytes.length : from + size), format);
    }
    at = from + size + (size % 2);
  }
  return 'cut off';
}

function readSamples(
  data: Buffer,
  { code, channels, rate, bits }: { code: number; channels: number; rate: number; bits: number },
): WavSound | undefined {
  const width = bits / 8;
  const read = readerOf(code, bits);
  if (read === undefined || channels < 1 || channels > 16 || rate < 4000 || rate > 384_000) return undefined;
  const samples = new Float32Array(Math.floor(data.length / (width * channels)));
  for (let index = 0; index < samples.length; index++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += read(data, (index * channels + channel) * width);
    }
    const sample = sum / channels;
    samples[index] = Number.isFinite(sample) ? Math.max(-1, Math.min(1, sample)) : 0;
  }
  return { sampleRateHz: rate, samples };
}

function readerOf(code: number, bits: number): ((data: Buffer, at: number) => number) | undefined {
  if (code === integers && bits === 16) return (data, at) => data.readInt16LE(at) / 2 ** 15;
  if (code === integers && bits === 24) return (data, at) => data.readIntLE(at, 3) / 2 ** 23;
  if (code === integers && bits === 32) return (data, at) => data.readInt32LE(at) / 2 ** 31;
  if (code === floats && bits === 32) return (data, at) => data.readFloatLE(at);
  return undefined;
}
