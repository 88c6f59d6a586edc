import {
  add,
  concat,
  mul,
  ones,
  reshape,
  type serialization,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { Linear } from '../../feed_forward/linear.js';
import { register, type Shapes } from '../../layer.js';
import { maskOf } from '../../ops/mask.js';
import { maskedSoftmax } from '../../ops/masked_softmax.js';
import type { AttentionTraits } from '../traits.js';
import {
  FootprintAttention2D,
  type FootprintAttention2DArgs,
  type Mapping,
  type Related,
} from './footprint_attention_2d.js';

/** δ of queries (N, 1, R) and keys (N, K², R), and its width for one of R. */
const relations = {
  summation: { of: (query: Tensor, keys: Tensor) => add(query, keys), width: (relDim: number) => relDim },
  subtraction: { of: (query: Tensor, keys: Tensor) => sub(query, keys), width: (relDim: number) => relDim },
  concatenation: {
    of: (query: Tensor, keys: Tensor) => concat([mul(query, ones([1, keys.shape[1]!, 1])), keys], -1),
    width: (relDim: number) => 2 * relDim,
  },
  hadamard: { of: (query: Tensor, keys: Tensor) => mul(query, keys), width: (relDim: number) => relDim },
  dot: { of: (query: Tensor, keys: Tensor) => sum(mul(query, keys), -1, true), width: () => 1 },
} as const;

/** How two pixels are related: φ + ψ, φ − ψ, [φ, ψ], φ ⊙ ψ or φᵀψ. */
export type PairwiseRelation = keyof typeof relations;

export interface PairwiseSelfAttention2DArgs extends FootprintAttention2DArgs {
  /** δ. Default `subtraction`, as in the authors' code. */
  relation?: PairwiseRelation;
  /** Whether δ is joined by where the pixels are to each other. Default true. */
  usePositions?: boolean;
}

/**
 * Pairwise self-attention of images: wᵢⱼ = softmax_{j∈R(i)} γ([δ(xᵢ, xⱼ), pᵢ − pⱼ]); yᵢ = Σ_{j∈R(i)} wᵢⱼ ⊙ β(xⱼ), where
 * γ is Linear → ReLU → Linear and pᵢ a linear map of the coordinates (x, y) of pixel i, each from −1 to 1 across the image.
 *
 * Inputs, output and borders are those of `FootprintAttention2D`; the weights of a pixel for a plane sum to 1.
 *
 * - weights: query_kernel φ (C, R), key_kernel ψ (C, R), value_kernel β (C, V), query_bias, key_bias, value_bias;
 *   position_kernel (2, 2); of γ hidden_kernel (δ + 2, M), hidden_bias (M), weight_kernel (M, P)
 *
 * The softmax over the footprint, one for each plane, is that of the authors' code; the paper does not write it. It cancels
 * a last bias of γ, so there is none. Their code also has batch norms and a ReLU before γ, which its network may have here.
 *
 * @throws RangeError as `FootprintAttention2D`, or if there is no such relation
 * @see Zhao et al. (2020), section 3.1, https://arxiv.org/abs/2004.13621, and https://github.com/hszhao/SAN
 * @example
 * pairwiseSelfAttention2D({ outputDim: 16, kernelSize: 3 }).apply(tf.ones([2, 8, 8, 4])).shape; // => [2, 8, 8, 16]
 */
export class PairwiseSelfAttention2D extends FootprintAttention2D {
  static readonly className = 'ChuiPairwiseSelfAttention2D';
  static readonly traits: AttentionTraits = {
    formula: 'softmax over j in R(i) of γ([δ(xᵢ, xⱼ), pᵢ − pⱼ]) ⊙ β(xⱼ)',
    paper: { authors: 'Zhao et al.', year: 2020, url: 'https://arxiv.org/abs/2004.13621' },
    masks: 'slots',
    causal: false,
    cacheable: false,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'H·W·K²·D²',
    memory: 'H·W·K²·D',
  };
  readonly relation: PairwiseRelation;
  readonly usePositions: boolean;
  private readonly position?: Linear;

  constructor({ relation = 'subtraction', usePositions = true, ...args }: PairwiseSelfAttention2DArgs) {
    super(args);
    if (!Object.hasOwn(relations, relation)) {
      const names = Object.keys(relations).join(', ');
      throw new RangeError(`relation must be one of ${names}, but is ${relation}`);
    }
    this.relation = relation;
    this.usePositions = usePositions;
    if (usePositions) {
      this.position = this.own('position', new Linear({ units: 2, useBias: false }), 'position_');
    }
  }

  override build(shapes: Shapes): void {
    if (this.position) this.buildOwned(this.position, [this.places, 2]);
    super.build(shapes);
  }

  protected override mapping(): Mapping {
    const { relDim, planes } = this;
    const inputs = relations[this.relation].width(relDim) + (this.usePositions ? 2 : 0);
    return { inputs, hiddenDim: relDim, outputs: planes, outputBias: false };
  }

  protected override weigh({ queries, keys, allowed }: Related): Tensor {
    const relation = relations[this.relation].of(reshape(queries, [-1, 1, this.relDim]), this.around(keys)); // (N, K², …)
    const scores = this.map(this.position ? this.placed(relation, queries.shape) : relation); // (N, K², P)
    const mask = maskOf(reshape(allowed, [-1, 1, this.places]));
    return transpose(maskedSoftmax(transpose(scores, [0, 2, 1]), mask), [0, 2, 1]);
  }

  /** δ beside pᵢ − pⱼ. */
  private placed(relation: Tensor, [, height, width]: number[]): Tensor {
    const { kernelSize, dilation, places } = this;
    const step = (size: number) => (size === 1 ? 0 : (2 * dilation) / (size - 1));
    const toCentre = (place: number) => (kernelSize - 1) / 2 - place;
    const differences = Array.from({ length: places }, (_, place) => [
      toCentre(place % kernelSize) * step(width!),
      toCentre(Math.floor(place / kernelSize)) * step(height!),
    ]);
    const positions = this.position!.call(tensor(differences, [places, 2]));
    return concat([relation, mul(ones([relation.shape[0]!, 1, 1]), positions)], -1);
  }

  override getConfig(): serialization.ConfigDict {
    const { relation, usePositions } = this;
    return { ...super.getConfig(), relation, usePositions };
  }
}
register(PairwiseSelfAttention2D);

/** @see PairwiseSelfAttention2D */
export const pairwiseSelfAttention2D = (args: PairwiseSelfAttention2DArgs) =>
  new PairwiseSelfAttention2D(args);
