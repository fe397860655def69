import FFT from 'fft.js';

/** Of the sound that is analysed, in hertz: nothing above 11 kHz tells of beat or key. */
export const listenRateHz = 22_050;

/** Magnitudes of one window: bin k is k × {@link listenRateHz} / size hertz. It is used again: copy what is kept. */
type OnSpectrum = (magnitudes: Float32Array) => void;

/** Takes samples as they come and gives a spectrum every `hop` samples. */
export interface SpectrumStream {
  push(samples: Float32Array): void;
  /** Fills what is left up with silence, so that the end is heard too. */
  end(): void;
}

/** Spectra of a stream, each of `size` samples under a Hann window, its middle on a multiple of `hop`. */
export function streamSpectra(size: number, hop: number, onSpectrum: OnSpectrum): SpectrumStream {
  const fft = new FFT(size);
  const hann = Float32Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
  const buffer = new Float32Array(size);
  const windowed = new Float64Array(size);
  const complex = fft.createComplexArray();
  const magnitudes = new Float32Array(size / 2);
  // Half a window of silence comes before: the first spectrum is centred on the first sample.
  let filled = size / 2;
  const takeOne = () => {
    for (let n = 0; n < size; n++) windowed[n] = (buffer[n] ?? 0) * (hann[n] ?? 0);
    fft.realTransform(complex, windowed);
    for (let bin = 0; bin < magnitudes.length; bin++) {
      magnitudes[bin] = (Math.hypot(complex[2 * bin] ?? 0, complex[2 * bin + 1] ?? 0) * 4) / size;
    }
    onSpectrum(magnitudes);
    buffer.copyWithin(0, hop);
    filled -= hop;
  };
  const push = (samples: Float32Array) => {
    for (let at = 0; at < samples.length;) {
      const count = Math.min(size - filled, samples.length - at);
      buffer.set(samples.subarray(at, at + count), filled);
      filled += count;
      at += count;
      // At most one is whole: no more than it lacked was taken.
      if (filled === size) takeOne();
    }
  };
  return { push, end: () => push(new Float32Array(size / 2)) };
}

/** Values that come one by one, for as long as they come. */
export class Series {
  #values = new Float32Array(1024);
  #length = 0;

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float32Array(this.#length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  /** All of them so far: a view, good until the next is added. */
  values(): Float32Array {
    return this.#values.subarray(0, this.#length);
  }
}
