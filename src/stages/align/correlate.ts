import FFT from 'fft.js';

/** Cross-correlation by Fourier transform (fft.js). */

/** A power of two that holds so many values. */
function sizeFor(count: number): number {
  return 2 ** Math.max(2, Math.ceil(Math.log2(count)));
}

/** Small transforms are asked for again and again, and their tables take as long to make as one run. */
const kept = new Map<number, FFT>();
const maxKeptSize = 2 ** 18;

function takeTransform(size: number): FFT {
  const transform = kept.get(size) ?? new FFT(size);
  if (size <= maxKeptSize) kept.set(size, transform);
  return transform;
}

/** A signal that others are looked for in, transformed once. */
export interface Correlator {
  /**
   * How well `part` fits at each place: entry i belongs to the lag `i + minLag`, where `part[n]` meets `signal[n + lag]`.
   * Lags run from −part.length + 1 to signal.length − 1, cut to `minLag` and `maxLag` when given.
   */
  correlate(
    part: Float32Array,
    lags?: { minLag: number; maxLag: number },
  ): { values: Float64Array; minLag: number };
}

/** How each frequency counts: `plain`, or by its phase alone, which makes the peak sharp (GCC-PHAT, Knapp and Carter 1976). */
export type Weighting =
  { readonly kind: 'plain' } | { readonly kind: 'phase'; readonly sampleRateHz: number };

/** Where speech tells most, in hertz; hum below it and hiss above it would count as much, phase by phase. */
const speechBand = { fromHz: 150, toHz: 3600 };

/** A correlator of `signal` with parts of at most `partLength` values. */
export function createCorrelator(signal: Float32Array, partLength: number, weighting: Weighting): Correlator {
  const size = sizeFor(signal.length + partLength);
  const fft = takeTransform(size);
  const transform = (values: Float32Array): number[] => {
    const input = Array.from({ length: size }, (_zero, index) => values[index] ?? 0);
    const output = fft.createComplexArray();
    fft.realTransform(output, input);
    fft.completeSpectrum(output);
    return output;
  };
  const spectrum = transform(signal);
  return {
    correlate(part, lags = { minLag: 1 - part.length, maxLag: signal.length - 1 }) {
      const product = transform(part);
      for (let bin = 0; bin < size; bin++) {
        const [ar, ai] = [spectrum[2 * bin] ?? 0, spectrum[2 * bin + 1] ?? 0];
        const [br, bi] = [product[2 * bin] ?? 0, product[2 * bin + 1] ?? 0];
        const [real, imaginary] = [ar * br + ai * bi, ai * br - ar * bi];
        const weight = weigh(weighting, Math.hypot(real, imaginary), Math.min(bin, size - bin) / size);
        product[2 * bin] = real * weight;
        product[2 * bin + 1] = imaginary * weight;
      }
      const result = fft.createComplexArray();
      fft.inverseTransform(result, product);
      const { minLag, maxLag } = lags;
      const values = Float64Array.from({ length: Math.max(0, maxLag - minLag + 1) }, (_zero, index) => {
        const lag = index + minLag;
        return result[2 * (lag < 0 ? lag + size : lag)] ?? 0;
      });
      return { values, minLag };
    },
  };
}

function weigh(weighting: Weighting, magnitude: number, frequency: number): number {
  if (weighting.kind === 'plain') return 1;
  const hz = frequency * weighting.sampleRateHz;
  return hz < speechBand.fromHz || hz > speechBand.toHz || magnitude < 1e-20 ? 0 : 1 / magnitude;
}
