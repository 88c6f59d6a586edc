import { setSeed } from '@chui/runtime';
import { fill, mul, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Layer } from '../../packages/layers/src/index.js';

type Rule = (weight: Tensor) => Tensor;

const times =
  (factor: number): Rule =>
  (weight) =>
    mul(weight, factor);
const all =
  (value: number): Rule =>
  ({ shape }) =>
    fill(shape, value);
/** A multiple of the identity; where there are fewer columns, of identities below each other. */
const identities =
  (factor: number): Rule =>
  ({ shape }) => {
    const [rows, columns] = shape as [number, number];
    return tensor(
      Array.from({ length: rows }, (_, i) =>
        Array.from({ length: columns }, (_, j) => (i % columns === j ? factor : 0)),
      ),
    );
  };

const matrix =
  (rows: number[][]): Rule =>
  () =>
    tensor(rows);
const projections = (factor: number): Record<string, Rule> => ({
  query_kernel: identities(factor),
  key_kernel: identities(factor),
});

/** What becomes of weights of these names. */
const common: Record<string, Rule> = {
  ...projections(2.5),
  query_key_kernel: identities(5),
  kernel: identities(0.8),
  scores: times(5),
  context_vector: times(4),
  key_embeddings: times(5),
};

/** And of weights of these attentions. */
const special: Record<string, Record<string, Rule>> = {
  // tanh grows ever less, so that Σ tanh(q − k + 1) is largest where q = k.
  AdditiveAttention: {
    query_kernel: identities(1.5),
    key_kernel: identities(-1.5),
    bias: all(1),
    score_kernel: all(0.5),
  },
  ConcatAttention: { kernel: times(6), score_kernel: times(2) },
  LocationAttention: { kernel: times(3) },
  ProjectedDotProductAttention: projections(0.8),
  LocalPredictiveAttention: { position_score_kernel: times(3) },
  LinearAttention: projections(30),
  NystromAttention: projections(4),
  LocalMonotonicAttention: { kernel: identities(0.4) },
  SlidingWindowAttention: projections(1.5),
  StridedAttention: projections(1.5),
  BlockSparseAttention: projections(1.5),
  // Sines of distances are for head 1, cosines for head 2.
  TransformerXlAttention: { position_kernel: identities(1), position_bias: all(3) },
  // γ of x − x′ and of where pixels are to each other: −|x − x′|.
  PairwiseSelfAttention2D: {
    hidden_kernel: matrix([
      [1, -1],
      [0, 0],
      [0, 0],
    ]),
    weight_kernel: matrix([[-1], [-1]]),
  },
  PatchwiseSelfAttention2D: { weight_kernel: times(0.5) },
};

/** Gives a built layer weights by which what is alike attends to each other, and other scores are far enough apart to be seen. */
export function sharpen(layer: Layer): void {
  const rules = { ...common, ...special[layer.getClassName().replace(/^Chui/, '')] };
  for (const variable of layer.weights) {
    const rule = rules[variable.originalName.split('/').at(-1)!];
    tidy(() => {
      if (rule) variable.write(rule(variable.read()));
    });
  }
}

/** What a seeded layer, sharpened, puts out besides the first outputs. */
export function weightsOf(layer: Layer, inputs: Tensor | Tensor[], outputs: number): Tensor[] {
  setSeed(1);
  layer.apply(inputs);
  sharpen(layer);
  const weights = (layer.apply(inputs) as Tensor[]).slice(outputs);
  layer.dispose();
  return weights;
}
