import { expect, it } from 'vitest';
import { findQuietestCut, planBatches } from './moonshine-recogniser.ts';

it('decodes pieces of like lengths together, the longest first, and leaves out what is too short', () => {
  const second = 16_000;
  const batches = planBatches([5 * second, 100, 30 * second, 6 * second, 29 * second]);
  expect(batches.flat().toSorted((a, b) => a - b)).toEqual([0, 2, 3, 4]);
  expect(batches.flat()).toEqual([2, 4, 3, 0]);
});

it('keeps a batch within its memory', () => {
  const thirty = Array.from({ length: 20 }, () => 30 * 16_000);
  const batches = planBatches(thirty);
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(4);
  expect(batches.flat()).toHaveLength(20);
});

it('cuts a piece where its middle third is quietest', () => {
  const samples = new Float32Array(96_000).fill(0.5);
  samples.fill(0, 0, 3000);
  samples.fill(0.01, 50_000, 51_000);
  const cut = findQuietestCut(samples);
  expect(cut).toBeGreaterThan(50_000);
  expect(cut).toBeLessThan(51_000);
});
