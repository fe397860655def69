import {
  bytesOf,
  messageField,
  numberField,
  readFields,
  textField,
  textsOf,
  writeFields,
  type Field,
} from './protobuf.ts';

/**
 * Reading and writing the graph of an ONNX file, so that a published model can be given other inputs and outputs.
 * Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
 */

/** One operation. `fields` is what it was read from: attributes stay as they are. */
export type GraphNode = {
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly fields: readonly Field[];
};

/** A graph as lists: values are known by name, and nodes stand in an order in which they can run. */
export type Graph = {
  readonly nodes: readonly GraphNode[];
  /** Constant tensors by name, as TensorProto bytes. */
  readonly initializers: ReadonlyMap<string, Uint8Array>;
  /** What the caller gives and gets, as ValueInfoProto bytes by name. */
  readonly inputs: ReadonlyMap<string, Uint8Array>;
  readonly outputs: ReadonlyMap<string, Uint8Array>;
};

/** Element types that the edits here use, by their numbers in TensorProto.DataType. */
export const elementTypes = { float32: 1, uint8: 2, int64: 7 } as const;

const model = { version: 1, graph: 7, operators: 8 } as const;
const graph = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const node = { input: 1, output: 2, name: 3, operation: 4, attribute: 5 } as const;
const attribute = { name: 1, integer: 3, text: 4, graph: 6, type: 20, integers: 8 } as const;
const attributeTypes = { integer: 2, text: 3, integers: 7 } as const;
const tensor = { dimension: 1, type: 2, name: 8, data: 9 } as const;

/** Reads the main graph of a model file. */
export function readModelGraph(modelBytes: Uint8Array): Graph {
  const [graphBytes] = bytesOf(readFields(modelBytes), model.graph);
  if (graphBytes === undefined) throw new RangeError('The ONNX file holds no graph.');
  return readGraph(graphBytes);
}

/** The file again, with another main graph: versions and operator sets stay. */
export function withModelGraph(modelBytes: Uint8Array, newGraph: Graph): Uint8Array {
  const fields = readFields(modelBytes).filter((field) => field.number !== model.graph);
  return writeFields([...fields, messageField(model.graph, graphFields(newGraph))]);
}

/** The format version that is written, and the set of operations: those of ONNX 1.8, which every runtime since 2021 knows. */
const written = { format: 7, operators: 13 } as const;

/** A whole model file with this graph. */
export function writeModel(newGraph: Graph): Uint8Array {
  return writeFields([
    numberField(model.version, written.format),
    messageField(model.operators, [textField(1, ''), numberField(2, written.operators)]),
    messageField(model.graph, graphFields(newGraph)),
  ]);
}

function readGraph(bytes: Uint8Array): Graph {
  const fields = readFields(bytes);
  const named = (number: number, nameNumber: number) =>
    new Map(
      bytesOf(fields, number).map((item) => [textsOf(readFields(item), nameNumber)[0] ?? '', item] as const),
    );
  return {
    nodes: bytesOf(fields, graph.node).map((item) => {
      const nodeFields = readFields(item);
      return {
        operation: textsOf(nodeFields, node.operation)[0] ?? '',
        inputs: textsOf(nodeFields, node.input),
        outputs: textsOf(nodeFields, node.output),
        fields: nodeFields,
      };
    }),
    initializers: named(graph.initializer, tensor.name),
    inputs: named(graph.input, 1),
    outputs: named(graph.output, 1),
  };
}

function graphFields(newGraph: Graph): Field[] {
  const all = (number: number, items: Iterable<Uint8Array>): Field[] =>
    [...items].map((value) => ({ number, kind: 'bytes', value }));
  return [
    ...newGraph.nodes.map((item) => messageField(graph.node, item.fields)),
    textField(graph.name, 'main'),
    ...all(graph.initializer, newGraph.initializers.values()),
    ...all(graph.input, newGraph.inputs.values()),
    ...all(graph.output, newGraph.outputs.values()),
  ];
}

/** The graph inside an attribute of a node: the `then_branch` of an `If`. */
export function readSubgraph(parent: GraphNode, attributeName: string): Graph {
  for (const bytes of bytesOf(parent.fields, node.attribute)) {
    const fields = readFields(bytes);
    const [inner] = bytesOf(fields, attribute.graph);
    if (textsOf(fields, attribute.name)[0] === attributeName && inner !== undefined) return readGraph(inner);
  }
  throw new RangeError(`The node ${parent.operation} has no graph named ${attributeName}.`);
}

/** A new operation, with whole numbers or texts as attributes. */
export function makeNode(
  operation: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, number | string | readonly number[]>> = {},
): GraphNode {
  const fields = [
    ...inputs.map((name) => textField(node.input, name)),
    ...outputs.map((name) => textField(node.output, name)),
    textField(node.name, outputs[0] ?? operation),
    textField(node.operation, operation),
    ...Object.entries(attributes).map(([name, value]) =>
      messageField(node.attribute, [textField(attribute.name, name), ...attributeValue(value)]),
    ),
  ];
  return { operation, inputs, outputs, fields };
}

function attributeValue(value: number | string | readonly number[]): Field[] {
  if (typeof value === 'number') {
    return [numberField(attribute.integer, value), numberField(attribute.type, attributeTypes.integer)];
  }
  if (typeof value === 'string') {
    return [textField(attribute.text, value), numberField(attribute.type, attributeTypes.text)];
  }
  return [
    ...value.map((item) => numberField(attribute.integers, item)),
    numberField(attribute.type, attributeTypes.integers),
  ];
}

/** The same operation, reading `to` where it read `from`. */
export function rewireNode(item: GraphNode, from: string, to: string): GraphNode {
  if (!item.inputs.includes(from)) return item;
  const inputs = item.inputs.map((name) => (name === from ? to : name));
  const others = item.fields.filter((field) => field.number !== node.input);
  return { ...item, inputs, fields: [...inputs.map((name) => textField(node.input, name)), ...others] };
}

/** A constant tensor. `data` is little-endian, row by row. */
export function makeTensor(
  name: string,
  type: keyof typeof elementTypes,
  dimensions: readonly number[],
  data: Uint8Array,
): Uint8Array {
  return writeFields([
    ...dimensions.map((size) => numberField(tensor.dimension, size)),
    numberField(tensor.type, elementTypes[type]),
    textField(tensor.name, name),
    { number: tensor.data, kind: 'bytes', value: data },
  ]);
}

/** The raw bytes of a constant tensor. @throws RangeError when it keeps its values otherwise */
export function tensorData(bytes: Uint8Array): Uint8Array {
  const [data] = bytesOf(readFields(bytes), tensor.data);
  if (data === undefined) throw new RangeError('The ONNX tensor has no raw data.');
  return data;
}

/** Describes an input or output: its type and its axes; a text names an axis of any length. */
export function makeValueInfo(
  name: string,
  type: keyof typeof elementTypes,
  axes: readonly (number | string)[],
): Uint8Array {
  const dimensions = axes.map((axis) =>
    messageField(1, [typeof axis === 'number' ? numberField(1, axis) : textField(2, axis)]),
  );
  return writeFields([
    textField(1, name),
    messageField(2, [messageField(1, [numberField(1, elementTypes[type]), messageField(2, dimensions)])]),
  ]);
}

/**
 * Sorts a graph's nodes so that each comes after what it reads, and drops every node, constant and input that no output
 * needs. Nodes that hold graphs of their own are not looked into. @throws RangeError when an output is made by nothing
 */
export function pruneGraph(whole: Graph): Graph {
  const makers = new Map(whole.nodes.flatMap((item) => item.outputs.map((name) => [name, item] as const)));
  const nodes = new Set<GraphNode>();
  const used = new Set<string>();
  // Depth first with an own stack: such graphs are a thousand nodes deep.
  const stack: ({ want: string } | { done: GraphNode })[] = [...whole.outputs.keys()]
    .toReversed()
    .map((want) => ({ want }));
  const entered = new Set<GraphNode>();
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if ('done' in item) {
      nodes.add(item.done);
      continue;
    }
    // An optional input that is left out has an empty name.
    if (item.want === '') continue;
    used.add(item.want);
    // A value that is given comes before one that is computed under the same name.
    if (whole.inputs.has(item.want) || whole.initializers.has(item.want)) continue;
    const maker = makers.get(item.want);
    if (maker === undefined) throw new RangeError(`Nothing in the ONNX graph makes ${item.want}.`);
    if (entered.has(maker)) continue;
    entered.add(maker);
    stack.push({ done: maker }, ...maker.inputs.map((want) => ({ want })));
  }
  const only = (items: ReadonlyMap<string, Uint8Array>) =>
    new Map([...items].filter(([name]) => used.has(name)));
  return {
    nodes: [...nodes],
    initializers: only(whole.initializers),
    inputs: only(whole.inputs),
    outputs: whole.outputs,
  };
}
