import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/**
 * Reading the weights of TensorFlow.js: a list of names, shapes and kinds in JSON, and the numbers one after the other in a
 * flat file (https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts, `WeightsManifestEntry`).
 */

/** One tensor of a model, row by row; whole numbers come as floats too. */
export type Weight = { readonly shape: readonly number[]; readonly data: Float32Array };

const entrySchema = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32']),
  quantization: z
    .object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      scale: z.number().default(1),
      min: z.number().default(0),
    })
    .optional(),
});

/** The list of a model's weights. */
export const weightsManifestSchema = z.array(z.object({ weights: z.array(entrySchema) }));

const bytesEach = { float32: 4, int32: 4, uint8: 1, uint16: 2, float16: 2 } as const;

/** Reads a model's weights by name. @throws RangeError when the file is shorter than its list says */
export function unpackWeights(
  manifest: z.infer<typeof weightsManifestSchema>,
  bytes: Uint8Array,
): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const { name, shape, dtype, quantization } of manifest.flatMap((group) => group.weights)) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const kind = quantization?.dtype ?? dtype;
    const { scale = 1, min = 0 } = quantization ?? {};
    // By far the most numbers are of one kind, and they are millions.
    if (kind === 'uint8') {
      if (at + data.length > bytes.length) throw new RangeError(`The file ends inside ${name}.`);
      for (let index = 0; index < data.length; index++) data[index] = bytes[at + index]! * scale + min;
      at += data.length;
    } else {
      for (let index = 0; index < data.length; index++, at += bytesEach[kind]) {
        const number = readNumber(view, at, kind);
        data[index] = kind === 'uint16' ? number * scale + min : number;
      }
    }
    weights.set(name, { shape, data });
  }
  return weights;
}

function readNumber(view: DataView, at: number, kind: Exclude<keyof typeof bytesEach, 'uint8'>): number {
  if (kind === 'uint16') return view.getUint16(at, true);
  if (kind === 'int32') return view.getInt32(at, true);
  if (kind === 'float32') return view.getFloat32(at, true);
  return readHalf(view.getUint16(at, true));
}

/** A number of half precision: IEEE 754 binary16. */
function readHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** Reads the weights of a model whose list lies in a file of its own. */
export async function readWeights(manifestPath: string, binPath: string): Promise<Map<string, Weight>> {
  const manifest = weightsManifestSchema.parse(JSON.parse(await readFile(manifestPath, 'utf8')));
  return unpackWeights(manifest, await readFile(binPath));
}
