import { listenRateHz, Series, streamSpectra } from './spectra.ts';

/** Samples from one value to the next: 11.6 ms. */
const hop = 256;
const size = 1024;

/** Values a second. */
export const onsetRateHz = listenRateHz / hop;

/** Bands on a scale like the ear's (O'Shaughnessy's mel), from here to there. */
const bands = { count: 28, fromHz: 40, toHz: 9000 } as const;

/** How much small sounds count beside large ones: what is squeezed by a logarithm. */
const squeeze = 1000;

/** What a stream tells of its rhythm and of how loud it is. */
export interface OnsetListener {
  push(samples: Float32Array): void;
  /** How much began at every value's time (spectral flux), and the loudness of every second as K-weighted power. */
  end(): { readonly onsets: Float32Array; readonly powers: Float32Array };
}

/** Hears where sounds begin: in every band, what is louder than a moment before. */
export function listenForOnsets(): OnsetListener {
  const edges = bandEdges();
  const weights = kWeights();
  let before = new Float32Array(bands.count);
  let now = new Float32Array(bands.count);
  const onsets = new Series();
  const powers = new Series();
  let power = 0;
  let frames = 0;
  let second = 1;
  const stream = streamSpectra(size, hop, (magnitudes) => {
    let flux = 0;
    for (let band = 0; band < bands.count; band++) {
      let sum = 0;
      const to = edges[band + 1] ?? 0;
      for (let bin = edges[band] ?? 0; bin < to; bin++) sum += (magnitudes[bin] ?? 0) ** 2;
      now[band] = Math.log1p(squeeze * Math.sqrt(sum));
      flux += Math.max(0, (now[band] ?? 0) - (before[band] ?? 0));
    }
    [before, now] = [now, before];
    onsets.add(flux / bands.count);
    for (let bin = 0; bin < magnitudes.length; bin++)
      power += (magnitudes[bin] ?? 0) ** 2 * (weights[bin] ?? 0);
    frames++;
    if (onsets.values().length < second * onsetRateHz) return;
    powers.add(power / frames);
    power = 0;
    frames = 0;
    second++;
  });
  return {
    push: (samples) => stream.push(samples),
    end() {
      stream.end();
      // A last second of which hardly anything is there says nothing.
      if (frames > onsetRateHz / 4 || powers.values().length === 0) powers.add(power / Math.max(1, frames));
      return { onsets: onsets.values(), powers: powers.values() };
    },
  };
}

/** The first bin of every band, and the one after the last. */
function bandEdges(): number[] {
  const toMel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const toHz = (mel: number) => 700 * (10 ** (mel / 2595) - 1);
  const [from, to] = [toMel(bands.fromHz), toMel(bands.toHz)];
  const edges: number[] = [];
  for (let band = 0; band <= bands.count; band++) {
    const bin = Math.round((toHz(from + ((to - from) * band) / bands.count) * size) / listenRateHz);
    // Low bands are narrower than a bin.
    edges.push(Math.max(bin, (edges.at(-1) ?? 0) + 1));
  }
  return edges;
}

/** How much the power of each bin counts for loudness: about as ITU-R BS.1770's two filters let it through. */
function kWeights(): Float32Array {
  return Float32Array.from({ length: size / 2 }, (_, bin) => {
    const hz = (bin * listenRateHz) / size;
    const highPass = hz ** 4 / (hz ** 4 + 60 ** 4);
    const shelf = 1 + 1.5 * (hz ** 4 / (hz ** 4 + 1700 ** 4));
    return highPass * shelf;
  });
}
