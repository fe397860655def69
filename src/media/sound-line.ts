/** Stereo samples on a line of time on which pieces are laid over each other. Pure; units: samples. */

/** Left and right, equally long. */
export type Stereo = readonly [Float32Array, Float32Array];

/** How a piece comes, goes and how loud it is. */
export type Envelope = {
  /** Of the whole piece. */
  readonly samples: number;
  readonly fadeInSamples: number;
  readonly fadeOutSamples: number;
  /** Times the sample. */
  readonly gain: number;
  /** More gains over the line's time, beside `gain`. */
  readonly gains?: readonly LineGain[] | undefined;
};

/** A gain from a sample of the line on, in dB; between two of them it goes over along a half cosine, which nobody hears turn. */
export type LineGain = { readonly atSample: number; readonly gainDb: number };

/** The factor at a sample of the line: as at the first before it, as at the last after it. `gains` are in order. */
export function lineGainAt(sample: number, gains: readonly LineGain[]): number {
  let low = 0;
  let high = gains.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (gains[middle]!.atSample <= sample) low = middle + 1;
    else high = middle;
  }
  const before = gains[low - 1] ?? gains[low];
  const after = gains[low] ?? before;
  if (before === undefined || after === undefined) return 1;
  const span = after.atSample - before.atSample;
  const share = span <= 0 ? 0 : (1 - Math.cos((Math.PI * (sample - before.atSample)) / span)) / 2;
  return 10 ** ((before.gainDb + (after.gainDb - before.gainDb) * share) / 20);
}

/** The factor of a piece's sample: where one piece goes as another comes over the same samples, both factors add up to one. */
export function envelopeAt(
  index: number,
  { samples, fadeInSamples, fadeOutSamples, gain }: Envelope,
): number {
  const middle = index + 0.5;
  const rise = fadeInSamples === 0 ? 1 : middle / fadeInSamples;
  const fall = fadeOutSamples === 0 ? 1 : (samples - middle) / fadeOutSamples;
  return gain * Math.max(0, Math.min(1, rise, fall));
}

/** The part of the line that is not given away yet. It is as long as what was laid on it, no longer. */
export class SoundLine {
  #start = 0;
  #left = new Float32Array(0);
  #right = new Float32Array(0);

  /** Lays samples of a piece on the line: `pieceStart` is the piece's place, `offset` that of the samples in the piece. */
  add(pieceStart: number, offset: number, [left, right]: Stereo, envelope: Envelope): void {
    const first = pieceStart + offset - this.#start;
    this.#reserve(first + left.length);
    for (let index = Math.max(0, -first); index < left.length; index++) {
      const at = first + index;
      const factor =
        envelopeAt(offset + index, envelope) *
        (envelope.gains === undefined ? 1 : lineGainAt(this.#start + at, envelope.gains));
      this.#left[at] = (this.#left[at] ?? 0) + (left[index] ?? 0) * factor;
      this.#right[at] = (this.#right[at] ?? 0) + (right[index] ?? 0) * factor;
    }
  }

  /** The next samples, which are taken off the line: silence where nothing was laid. */
  take(samples: number): Stereo {
    this.#reserve(samples);
    const taken: Stereo = [this.#left.slice(0, samples), this.#right.slice(0, samples)];
    this.#left = this.#left.slice(samples);
    this.#right = this.#right.slice(samples);
    this.#start += samples;
    return taken;
  }

  #reserve(samples: number): void {
    if (this.#left.length >= samples) return;
    const grow = (before: Float32Array<ArrayBuffer>) => {
      const grown = new Float32Array(samples);
      grown.set(before);
      return grown;
    };
    this.#left = grow(this.#left);
    this.#right = grow(this.#right);
  }
}
