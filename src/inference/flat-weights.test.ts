import { expect, it } from 'vitest';
import { unpackWeights, weightsManifestSchema } from './flat-weights.ts';

const manifest = weightsManifestSchema.parse([
  {
    paths: ['made.bin'],
    weights: [
      { name: 'bytes', shape: [2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
      { name: 'halves', shape: [3], dtype: 'float32', quantization: { dtype: 'float16' } },
      { name: 'floats', shape: [1, 1], dtype: 'float32' },
      { name: 'whole', shape: [1], dtype: 'int32' },
      { name: 'one', shape: [], dtype: 'float32', quantization: { dtype: 'uint8', scale: 1, min: 3 } },
    ],
  },
]);

/** 4 and 255 as bytes; 1, -2 and 2^-24 as halves; 0.25 as a float; -7; and one byte more. */
const bytes = Buffer.concat([
  Uint8Array.of(4, 255),
  Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00),
  new Uint8Array(Float32Array.of(0.25).buffer),
  new Uint8Array(Int32Array.of(-7).buffer),
  Uint8Array.of(0),
]);

it('reads numbers of every kind one after the other', () => {
  const weights = unpackWeights(manifest, bytes);
  expect([...weights].map(([name, { shape, data }]) => [name, shape, [...data]])).toEqual([
    ['bytes', [2], [1, 126.5]],
    ['halves', [3], [1, -2, 2 ** -24]],
    ['floats', [1, 1], [0.25]],
    ['whole', [1], [-7]],
    ['one', [], [3]],
  ]);
});

it('refuses a file that is shorter than its list says', () => {
  expect(() => unpackWeights(manifest, bytes.subarray(0, 10))).toThrow(RangeError);
});
