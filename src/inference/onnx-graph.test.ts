import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import {
  makeNode,
  makeTensor,
  makeValueInfo,
  pruneGraph,
  readModelGraph,
  rewireNode,
  withModelGraph,
} from './onnx-graph.ts';
import { messageField, numberField, textField, writeFields } from './protobuf.ts';

/** A model file with no graph: ONNX version 8, operator set 14. */
const emptyModel = writeFields([numberField(1, 8), messageField(8, [textField(1, ''), numberField(2, 14)])]);

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** y = (x + 10) × 2, its nodes in the wrong order, with a constant and a node that nothing needs. */
const graph = {
  nodes: [
    makeNode('Mul', ['sum', 'two'], ['y']),
    makeNode('Neg', ['x'], ['forgotten']),
    makeNode('Add', ['x', 'ten'], ['sum']),
  ],
  initializers: new Map([
    ['two', makeTensor('two', 'float32', [1], floats(2))],
    ['ten', makeTensor('ten', 'float32', [1], floats(10))],
    ['unused', makeTensor('unused', 'float32', [1], floats(0))],
  ]),
  inputs: new Map([
    ['x', makeValueInfo('x', 'float32', ['n'])],
    ['z', makeValueInfo('z', 'float32', ['n'])],
  ]),
  outputs: new Map([['y', makeValueInfo('y', 'float32', ['n'])]]),
};

async function run(model: Uint8Array, values: number[]): Promise<number[]> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const result = await session.run({ x: new Tensor('float32', Float32Array.from(values), [values.length]) });
  await session.release();
  return [...(result['y']!.data as Float32Array)];
}

it('drops what no output needs and puts the rest in an order that runs', async () => {
  const pruned = pruneGraph(graph);
  expect(pruned.nodes.map((node) => node.operation)).toEqual(['Add', 'Mul']);
  expect([...pruned.initializers.keys()].toSorted()).toEqual(['ten', 'two']);
  expect([...pruned.inputs.keys()]).toEqual(['x']);
  expect(await run(withModelGraph(emptyModel, pruned), [1, -3])).toEqual([22, 14]);
});

it('gives a model another output by rewiring a node and reading it back from the file', async () => {
  const read = readModelGraph(withModelGraph(emptyModel, pruneGraph(graph)));
  const nodes = [
    makeNode('Neg', ['sum'], ['minus_sum']),
    ...read.nodes.map((node) => rewireNode(node, 'sum', 'minus_sum')),
  ];
  expect(await run(withModelGraph(emptyModel, pruneGraph({ ...read, nodes })), [1, -3])).toEqual([-22, -14]);
});

it('names the tensor that nothing makes', () => {
  expect(() => pruneGraph({ ...graph, initializers: new Map() })).toThrow(/makes (?:ten|two)/u);
});
