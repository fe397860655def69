import { z } from 'zod';
import { unpackWeights, weightsManifestSchema, type Weight } from './flat-weights.ts';
import { GraphBuilder } from './graph-builder.ts';

/**
 * A TensorFlow.js graph model as an ONNX one: the operations that convolutional networks on one picture are made of, and a
 * clear refusal of any other.
 */

const nodeSchema = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z
    .object({
      strides: z.object({ list: z.object({ i: z.array(z.coerce.number()) }) }).optional(),
      ksize: z.object({ list: z.object({ i: z.array(z.coerce.number()) }) }).optional(),
      padding: z.object({ s: z.string() }).optional(),
      half_pixel_centers: z.object({ b: z.boolean() }).optional(),
      fused_ops: z.object({ list: z.object({ s: z.array(z.string()).default([]) }) }).optional(),
    })
    .default({}),
});

type LayerNode = z.infer<typeof nodeSchema>;

/** The part of a TensorFlow.js model file that is read: texts in it are base64. */
export const layersModelSchema = z.object({
  modelTopology: z.object({ node: z.array(nodeSchema) }),
  weightsManifest: weightsManifestSchema,
});

/** How the picture comes in, and which values are wanted, by the names that they get. */
export type LayersGraphOptions = {
  readonly input: {
    /** The node in whose place the picture comes. Default: the model's own input. */
    readonly node?: string;
    /** A text names an axis of any length. */
    readonly height: number | string;
    readonly width: number | string;
    readonly scale: number;
    readonly offset: readonly [number, number, number];
  };
  /** For each result the node that makes it, and how many numbers it has for each picture. */
  readonly outputs: Readonly<Record<string, { readonly node: string; readonly size: number }>>;
};

/** Writes the ONNX model of a TensorFlow.js one. Results come as `[batch, size]`. @throws RangeError for an unknown operation */
export function buildLayersGraph(
  { modelTopology, weightsManifest }: z.infer<typeof layersModelSchema>,
  bytes: Uint8Array,
  { input, outputs }: LayersGraphOptions,
): Uint8Array {
  const weights = unpackWeights(weightsManifest, bytes);
  const graph = new GraphBuilder();
  const values = new Map<string, string>();
  const byName = new Map(modelTopology.node.map((node) => [node.name, node]));
  const make = (name: string): string => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const node = byName.get(name);
    if (node === undefined) throw new RangeError(`The model has no node named ${name}.`);
    const value =
      node.op === 'Placeholder' || name === input.node
        ? graph.picture('picture', [input.height, input.width], input)
        : makeLayer(graph, node, weights, make);
    values.set(name, value);
    return value;
  };
  for (const [name, { node, size }] of Object.entries(outputs)) {
    graph.output(name, graph.list(make(node), size), ['batch', 'n', size]);
  }
  return graph.write();
}

function makeLayer(
  graph: GraphBuilder,
  { name, op, input, attr }: LayerNode,
  weights: ReadonlyMap<string, Weight>,
  make: (name: string) => string,
): string {
  const weightAt = (index: number): Weight => {
    const weight = weights.get(input[index] ?? '');
    if (weight === undefined) throw new RangeError(`The weights of ${name} are not constant.`);
    return weight;
  };
  const first = () => make(input[0] ?? '');
  const stride = attr.strides?.list.i[1] ?? 1;
  const pads = textOf(attr.padding?.s) === 'VALID' ? { pads: [0, 0, 0, 0] } : {};
  switch (op) {
    case 'Identity':
    // The results are made into lists at the end.
    case 'Reshape':
      return first();
    case 'Relu':
    case 'Sigmoid':
      return graph.add(op, [first()]);
    case 'AddV2':
      return graph.add('Add', [first(), make(input[1] ?? '')]);
    case 'Prelu':
      return graph.add('PRelu', [first(), slopes(graph, weightAt(1))]);
    case 'MaxPool': {
      const size = attr.ksize?.list.i[1] ?? 2;
      return graph.add('MaxPool', [first()], {
        kernel_shape: [size, size],
        strides: [stride, stride],
        ...pads,
      });
    }
    case 'Pad': {
      // Pairs for batch, rows, columns, channels.
      const by = [...weightAt(1).data];
      const order = [0, 3, 1, 2];
      const amounts = [...order.map((axis) => by[axis * 2]!), ...order.map((axis) => by[axis * 2 + 1]!)];
      return graph.add('Pad', [first(), graph.integers(amounts)]);
    }
    case 'DepthwiseConv2dNative':
      return graph.convolveEach(first(), weightAt(1), undefined, { stride, ...pads });
    case 'ResizeBilinear': {
      if (attr.half_pixel_centers?.b !== true) break;
      // The one size that is met: twice as large.
      const factors = graph.constant([1, 1, 2, 2], [4]);
      return graph.add('Resize', [first(), '', factors], { mode: 'linear' });
    }
    case '_FusedConv2D':
    case 'FusedDepthwiseConv2dNative': {
      const [added, ...after] = (attr.fused_ops?.list.s ?? []).map((text) => textOf(text));
      if (added !== 'BiasAdd') break;
      const make = op === '_FusedConv2D' ? graph.convolve : graph.convolveEach;
      const sum = make.call(graph, first(), weightAt(1), weightAt(2).data, { stride, ...pads });
      if (after.length === 0) return sum;
      if (after[0] === 'Relu') return graph.add('Relu', [sum]);
      if (after[0] === 'Relu6') return graph.clip(sum, 0, 6);
      if (after[0] === 'Prelu') return graph.add('PRelu', [sum, slopes(graph, weightAt(3))]);
      break;
    }
    default:
  }
  throw new RangeError(`The operation ${op} of ${name} is not known here.`);
}

function slopes(graph: GraphBuilder, { data }: Weight): string {
  return graph.constant(data, [data.length, 1, 1]);
}

function textOf(base64: string | undefined): string {
  return base64 === undefined ? '' : Buffer.from(base64, 'base64').toString('utf8');
}
