/** The part of a stream of samples that is still needed: added at the end, dropped from the front. Positions count from the stream's start. */
export interface SampleBuffer {
  push(samples: Float32Array): void;
  /** A copy of samples `start` to `end` (half-open), as far as they are there. */
  slice(start: number, end: number): Float32Array;
  /** Forgets what lies before `position`. */
  dropBefore(position: number): void;
  /** The position after the last sample. */
  readonly end: number;
}

/** An empty buffer. */
export function createSampleBuffer(): SampleBuffer {
  let blocks: { start: number; samples: Float32Array }[] = [];
  let end = 0;
  return {
    push(samples) {
      if (samples.length === 0) return;
      blocks.push({ start: end, samples });
      end += samples.length;
    },
    slice(from, to) {
      const start = Math.max(from, blocks[0]?.start ?? end);
      const copy = new Float32Array(Math.max(0, Math.min(to, end) - start));
      for (const block of blocks) {
        const first = Math.max(start, block.start);
        const last = Math.min(start + copy.length, block.start + block.samples.length);
        if (first < last)
          copy.set(block.samples.subarray(first - block.start, last - block.start), first - start);
      }
      return copy;
    },
    dropBefore(position) {
      blocks = blocks.filter((block) => block.start + block.samples.length > position);
    },
    get end() {
      return end;
    },
  };
}
