import type { Weight } from './flat-weights.ts';
import { makeNode, makeTensor, makeValueInfo, writeModel, type GraphNode } from './onnx-graph.ts';

/**
 * Writing the graph of a convolutional network layer by layer, from weights in TensorFlow's order (rows, columns, inputs,
 * outputs). Values inside are in ONNX's order: batch, channels, rows, columns.
 */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #constants = new Map<string, Uint8Array>();
  readonly #inputs = new Map<string, Uint8Array>();
  readonly #outputs = new Map<string, Uint8Array>();
  #count = 0;

  /** An operation with one result, whose name is returned. */
  add(
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number | string | readonly number[]>> = {},
  ): string {
    const name = `v${this.#count++}`;
    this.#nodes.push(makeNode(operation, inputs, [name], attributes));
    return name;
  }

  /** A constant of floats. No shape is one number. */
  constant(data: Float32Array | readonly number[], shape: readonly number[] = []): string {
    const name = `c${this.#count++}`;
    const floats = data instanceof Float32Array ? data : Float32Array.from(data);
    const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
    this.#constants.set(name, makeTensor(name, 'float32', shape, bytes));
    return name;
  }

  /** A list of whole numbers: a shape, or axes. */
  integers(values: readonly number[]): string {
    const name = `c${this.#count++}`;
    const bytes = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
    this.#constants.set(name, makeTensor(name, 'int64', [values.length], bytes));
    return name;
  }

  /**
   * The input: pictures of 8 bits as rows of red, green and blue, which become `value * scale + offset` (of each channel).
   * A text names an axis of any length.
   */
  picture(
    name: string,
    [height, width]: readonly [number | string, number | string],
    { scale, offset }: { scale: number; offset: readonly [number, number, number] },
  ): string {
    this.#inputs.set(name, makeValueInfo(name, 'uint8', ['batch', height, width, 3]));
    const floats = this.add('Cast', [name], { to: 1 });
    const planes = this.add('Transpose', [floats], { perm: [0, 3, 1, 2] });
    const scaled = this.add('Mul', [planes, this.constant([scale])]);
    return this.add('Add', [scaled, this.constant(offset, [1, 3, 1, 1])]);
  }

  /** A convolution; `bias` is one number for each output. @param pads rows before, columns before, rows after, columns after */
  convolve(
    value: string,
    weight: Weight,
    bias: Float32Array | undefined,
    { stride = 1, pads }: { stride?: number; pads?: readonly number[] } = {},
  ): string {
    const [rows = 1, columns = 1, inputs = 1, outputs = 1] = weight.shape;
    const data = new Float32Array(weight.data.length);
    // TensorFlow: rows, columns, inputs, outputs. ONNX: outputs, inputs, rows, columns.
    for (let place = 0; place < rows * columns; place++) {
      for (let input = 0; input < inputs; input++) {
        for (let output = 0; output < outputs; output++) {
          data[(output * inputs + input) * rows * columns + place] =
            weight.data[(place * inputs + input) * outputs + output]!;
        }
      }
    }
    return this.#convolve(value, data, [outputs, inputs, rows, columns], bias, { stride, pads, group: 1 });
  }

  /** A convolution of each channel alone. */
  convolveEach(
    value: string,
    weight: Weight,
    bias: Float32Array | undefined,
    { stride = 1, pads }: { stride?: number; pads?: readonly number[] } = {},
  ): string {
    const [rows = 1, columns = 1, channels = 1] = weight.shape;
    const data = new Float32Array(weight.data.length);
    for (let place = 0; place < rows * columns; place++) {
      for (let channel = 0; channel < channels; channel++) {
        data[channel * rows * columns + place] = weight.data[place * channels + channel]!;
      }
    }
    return this.#convolve(value, data, [channels, 1, rows, columns], bias, { stride, pads, group: channels });
  }

  #convolve(
    value: string,
    data: Float32Array,
    shape: readonly number[],
    bias: Float32Array | undefined,
    { stride, pads, group }: { stride: number; pads: readonly number[] | undefined; group: number },
  ): string {
    const inputs = [value, this.constant(data, shape)];
    if (bias !== undefined) inputs.push(this.constant(bias, [bias.length]));
    return this.add('Conv', inputs, {
      group,
      kernel_shape: shape.slice(2),
      strides: [stride, stride],
      // Without pads, as TensorFlow's SAME does it: as many results as inputs over the stride, what is odd at the end.
      ...(pads === undefined ? { auto_pad: 'SAME_UPPER' } : { pads }),
    });
  }

  /** Values limited to `[low, high]`. */
  clip(value: string, low: number, high: number): string {
    return this.add('Clip', [value, this.constant([low]), this.constant([high])]);
  }

  /** Channels last, as a list of `size` numbers each: `[batch, n, size]`. */
  list(value: string, size: number): string {
    const rows = this.add('Transpose', [value], { perm: [0, 2, 3, 1] });
    return this.add('Reshape', [rows, this.integers([0, -1, size])]);
  }

  /** Makes a value a result of the model. */
  output(name: string, value: string, axes: readonly (number | string)[]): void {
    this.#nodes.push(makeNode('Identity', [value], [name]));
    this.#outputs.set(name, makeValueInfo(name, 'float32', axes));
  }

  /** The model file. */
  write(): Uint8Array {
    return writeModel({
      nodes: this.#nodes,
      initializers: this.#constants,
      inputs: this.#inputs,
      outputs: this.#outputs,
    });
  }
}

/** Finds a weight by name. @throws RangeError when the model has none of that name */
export function weightOf(weights: ReadonlyMap<string, Weight>, name: string): Weight {
  const weight = weights.get(name);
  if (weight === undefined) throw new RangeError(`The model has no weights named ${name}.`);
  return weight;
}
