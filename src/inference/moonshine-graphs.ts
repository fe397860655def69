import {
  makeNode,
  makeTensor,
  makeValueInfo,
  pruneGraph,
  readModelGraph,
  readSubgraph,
  rewireNode,
  tensorData,
  withModelGraph,
  type Graph,
} from './onnx-graph.ts';

/** Moonshine tiny: https://arxiv.org/abs/2410.15608; sizes as in its published ONNX files. */
export const moonshineTiny = {
  layers: 6,
  heads: 8,
  headSize: 36,
  hiddenSize: 288,
  vocabulary: 32_768,
} as const;

/** A head of the decoder's cross-attention. */
export type AttentionHead = { readonly layer: number; readonly head: number };

/** Two models made of the published one: the first token of a batch, and each token after it. */
export type DecoderModels = { readonly start: Uint8Array; readonly step: Uint8Array };

const crossScores = (layer: number) => `/model/decoder/layers.${layer}/encoder_attn/MatMul_output_0`;
const crossAttention = (layer: number) => `/model/decoder/layers.${layer}/encoder_attn/Softmax_output_0`;
const scaledCrossKey = (layer: number) => `/model/decoder/layers.${layer}/encoder_attn/Mul_1_output_0`;

/** Names of tensors that pass from one run of the decoder to the next. */
export const decoderTensors = {
  /** Keys of the sound, transposed and scaled once: [batch, heads, head size, frames]. */
  crossKey: scaledCrossKey,
  /** Values of the sound: [batch, heads, frames, head size]. `made` by the start, `read` by each step. */
  crossValue: (layer: number) => ({
    made: `present.${layer}.encoder.value`,
    read: `past_key_values.${layer}.encoder.value`,
  }),
  selfKey: (layer: number) => ({
    made: `present.${layer}.decoder.key`,
    read: `past_key_values.${layer}.decoder.key`,
  }),
  selfValue: (layer: number) => ({
    made: `present.${layer}.decoder.value`,
    read: `past_key_values.${layer}.decoder.value`,
  }),
} as const;

/**
 * Turns the published decoder ("merged": one `If` over a first and a later step) into two plain models that
 *
 * - give the attention of chosen heads to the sound, from which word times are made: `attention` [batch, heads, 1, frames];
 * - take `frame_mask` [batch, 1, 1, frames], added to the attention's scores, so that pieces of unlike length can share a batch;
 * - give `token` [batch, 1] and `log_likelihood` [batch, 1, 1] instead of 32,768 scores a row;
 * - multiply by the vocabulary's 8-bit weights as they are (the published graph transposes and widens 38 MB in every step);
 * - transpose and scale the keys of the sound once and not in every step.
 */
export function makeDecoderModels(merged: Uint8Array, heads: readonly AttentionHead[]): DecoderModels {
  const whole = readModelGraph(merged);
  const choice = whole.nodes.find((item) => item.operation === 'If');
  if (choice === undefined) throw new RangeError('The speech model is not of the merged form.');
  const vocabulary = vocabularyTensors(whole);
  const layers = Array.from({ length: moonshineTiny.layers }, (_, layer) => layer);

  const build = (branchName: string, inputs: Map<string, Uint8Array>, passedOn: Map<string, Uint8Array>) => {
    const branch = readSubgraph(choice, branchName);
    const nodes = branch.nodes
      // The output node is replaced; the mask enters before each attention.
      .filter((item) => !item.outputs.includes('logits'))
      .map((item) =>
        layers.reduce(
          (node, layer) =>
            node.operation === 'Softmax'
              ? rewireNode(node, crossScores(layer), `${crossScores(layer)}_masked`)
              : node,
          item,
        ),
      );
    const usedLayers = [...new Set(heads.map(({ layer }) => layer))].toSorted((a, b) => a - b);
    const selected = usedLayers.map((layer) => {
      const indices = heads.filter((head) => head.layer === layer).map(({ head }) => BigInt(head));
      return { layer, indices: new Uint8Array(BigInt64Array.from(indices).buffer) };
    });
    const graph: Graph = {
      nodes: [
        ...nodes,
        ...layers.map((layer) =>
          makeNode('Add', [crossScores(layer), 'frame_mask'], [`${crossScores(layer)}_masked`]),
        ),
        ...selected.map(({ layer }) =>
          makeNode(
            'Gather',
            [crossAttention(layer), `selected_heads_${layer}`],
            [`attention_of_layer_${layer}`],
            { axis: 1 },
          ),
        ),
        makeNode(
          'Concat',
          usedLayers.map((layer) => `attention_of_layer_${layer}`),
          ['attention'],
          { axis: 1 },
        ),
        ...outputNodes(branch, vocabulary.hiddenName),
      ],
      initializers: new Map([
        ...whole.initializers,
        ...branch.initializers,
        ...vocabulary.tensors,
        ...selected.map(
          ({ layer, indices }) =>
            [
              `selected_heads_${layer}`,
              makeTensor(`selected_heads_${layer}`, 'int64', [indices.length / 8], indices),
            ] as const,
        ),
      ]),
      inputs: new Map([
        ...inputs,
        ['frame_mask', makeValueInfo('frame_mask', 'float32', ['batch', 1, 1, 'frames'])],
      ]),
      outputs: new Map([
        ['token', makeValueInfo('token', 'int64', ['batch', 1])],
        ['log_likelihood', makeValueInfo('log_likelihood', 'float32', ['batch', 1, 1])],
        ['attention', makeValueInfo('attention', 'float32', ['batch', heads.length, 1, 'frames'])],
        ...passedOn,
      ]),
    };
    return withModelGraph(merged, pruneGraph(graph));
  };

  const { heads: headCount, headSize, hiddenSize } = moonshineTiny;
  const cache = (name: string, axis: string) =>
    [name, makeValueInfo(name, 'float32', ['batch', headCount, axis, headSize])] as const;
  const key = (layer: number) =>
    [
      scaledCrossKey(layer),
      makeValueInfo(scaledCrossKey(layer), 'float32', ['batch', headCount, headSize, 'frames']),
    ] as const;
  const ids = ['input_ids', makeValueInfo('input_ids', 'int64', ['batch', 1])] as const;
  const madeBySelf = layers.flatMap((layer) => [
    cache(decoderTensors.selfKey(layer).made, 'tokens_after'),
    cache(decoderTensors.selfValue(layer).made, 'tokens_after'),
  ]);

  return {
    start: build(
      'else_branch',
      new Map([
        ids,
        [
          'encoder_hidden_states',
          makeValueInfo('encoder_hidden_states', 'float32', ['batch', 'frames', hiddenSize]),
        ],
      ]),
      new Map([
        ...madeBySelf,
        ...layers.flatMap((layer) => [key(layer), cache(decoderTensors.crossValue(layer).made, 'frames')]),
      ]),
    ),
    step: build(
      'then_branch',
      new Map([
        ids,
        ...layers.flatMap((layer) => [
          cache(decoderTensors.selfKey(layer).read, 'tokens'),
          cache(decoderTensors.selfValue(layer).read, 'tokens'),
          key(layer),
          cache(decoderTensors.crossValue(layer).read, 'frames'),
        ]),
      ]),
      new Map(madeBySelf),
    ),
  };
}

/** The vocabulary's weights, turned once: [hidden, vocabulary], in 8 bits. */
function vocabularyTensors(whole: Graph) {
  const weightName = 'model.decoder.embed_tokens.weight_merged_0';
  const weight = whole.initializers.get(`${weightName}_quantized`);
  if (weight === undefined) throw new RangeError('The speech model has no 8-bit vocabulary.');
  const { vocabulary, hiddenSize } = moonshineTiny;
  const rows = tensorData(weight);
  if (rows.length !== vocabulary * hiddenSize) {
    throw new RangeError('The speech model has a vocabulary of another size.');
  }
  const turned = new Uint8Array(rows.length);
  for (let row = 0; row < vocabulary; row++) {
    for (let column = 0; column < hiddenSize; column++) {
      turned[column * vocabulary + row] = rows[row * hiddenSize + column] ?? 0;
    }
  }
  return {
    hiddenName: '/model/decoder/norm/Mul_output_0',
    tensors: [['vocabulary', makeTensor('vocabulary', 'uint8', [hiddenSize, vocabulary], turned)]] as const,
  };
}

/** From the last hidden state to the best token and the logarithm of its probability. */
function outputNodes(branch: Graph, hiddenName: string) {
  if (!branch.nodes.some((item) => item.outputs.includes(hiddenName))) {
    throw new RangeError('The speech model has another last layer.');
  }
  const weightName = 'model.decoder.embed_tokens.weight_merged_0';
  return [
    makeNode('DynamicQuantizeLinear', [hiddenName], ['hidden_8bit', 'hidden_scale', 'hidden_zero']),
    makeNode(
      'MatMulInteger',
      ['hidden_8bit', 'vocabulary', 'hidden_zero', `${weightName}_zero_point`],
      ['scores_integer'],
    ),
    makeNode('Cast', ['scores_integer'], ['scores_unscaled'], { to: 1 }),
    makeNode('Mul', ['hidden_scale', `${weightName}_scale`], ['scores_scale']),
    makeNode('Mul', ['scores_unscaled', 'scores_scale'], ['scores']),
    makeNode('ArgMax', ['scores'], ['token'], { axis: -1, keepdims: 0 }),
    makeNode('ReduceMax', ['scores'], ['best_score'], { axes: [-1], keepdims: 1 }),
    makeNode('ReduceLogSumExp', ['scores'], ['all_scores'], { axes: [-1], keepdims: 1 }),
    makeNode('Sub', ['best_score', 'all_scores'], ['log_likelihood']),
  ];
}
