import { concat, matMul, mul, reshape, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { register } from '../../layer.js';
import type { AttentionTraits } from '../traits.js';
import {
  FootprintAttention2D,
  type FootprintAttention2DArgs,
  type Mapping,
  type Related,
} from './footprint_attention_2d.js';

/** What a relation of a patch is made of: φ of its middle (N, 1, R), ψ (N, K², R) and φ (N, K², R) of all its pixels. */
interface Patch {
  query: Tensor;
  keys: Tensor;
  queries(): Tensor;
}

/** δ of a patch, a vector of so many numbers for each of the N pixels; its axes but the first are still to be joined. */
const relations = {
  star: {
    of: ({ query, keys }: Patch) => matMul(query, keys, false, true), // (N, 1, K²)
    width: (places: number) => places,
  },
  clique: {
    of: ({ queries, keys }: Patch) => matMul(queries(), keys, false, true), // (N, K², K²)
    width: (places: number) => places ** 2,
  },
  concatenation: {
    of: ({ query, keys }: Patch) => concat([query, keys], 1), // (N, 1 + K², R)
    width: (places: number, relDim: number) => (1 + places) * relDim,
  },
} as const;

/** What is known of a patch: [φ(xᵢ)ᵀψ(xⱼ)]ⱼ, [φ(xⱼ)ᵀψ(xₖ)]ⱼₖ, or [φ(xᵢ), [ψ(xⱼ)]ⱼ]. */
export type PatchwiseRelation = keyof typeof relations;

export interface PatchwiseSelfAttention2DArgs extends FootprintAttention2DArgs {
  /** δ: the paper's star-product, clique-product or concatenation. Default `concatenation`, as in the authors' code. */
  relation?: PatchwiseRelation;
}

/**
 * Patchwise self-attention of images: wᵢ = γ(δ(x_{R(i)})); yᵢ = Σ_{j∈R(i)} wᵢⱼ ⊙ β(xⱼ), where γ, Linear → ReLU → Linear,
 * makes the weights of all K² places from one vector δ of the whole patch, so that a place's weight may depend on what is
 * at the others. The weights are not normalised. A pixel that is not there is zeros to δ.
 *
 * Inputs, output and borders are those of `FootprintAttention2D`.
 *
 * - weights: query_kernel φ (C, R), key_kernel ψ (C, R), value_kernel β (C, V), query_bias, key_bias, value_bias; of γ
 *   hidden_kernel (δ, M), hidden_bias (M), weight_kernel (M, K²·P), weight_bias (K²·P), a place's planes side by side
 *
 * The authors' code also has batch norms and a ReLU before γ, which its network may have here.
 *
 * @throws RangeError as `FootprintAttention2D`, or if there is no such relation
 * @see Zhao et al. (2020), section 3.2, https://arxiv.org/abs/2004.13621, and https://github.com/hszhao/SAN
 * @example
 * patchwiseSelfAttention2D({ outputDim: 16, kernelSize: 3 }).apply(tf.ones([2, 8, 8, 4])).shape; // => [2, 8, 8, 16]
 */
export class PatchwiseSelfAttention2D extends FootprintAttention2D {
  static readonly className = 'ChuiPatchwiseSelfAttention2D';
  static readonly traits: AttentionTraits = {
    formula: 'γ(δ(x of R(i)))ⱼ ⊙ β(xⱼ), summed over j in R(i)',
    paper: { authors: 'Zhao et al.', year: 2020, url: 'https://arxiv.org/abs/2004.13621' },
    masks: 'slots',
    causal: false,
    cacheable: false,
    permutationInvariant: false,
    normalized: false,
    exact: true,
    time: 'H·W·K²·D²',
    memory: 'H·W·K²·D',
  };
  readonly relation: PatchwiseRelation;

  constructor({ relation = 'concatenation', ...args }: PatchwiseSelfAttention2DArgs) {
    super(args);
    if (!Object.hasOwn(relations, relation)) {
      const names = Object.keys(relations).join(', ');
      throw new RangeError(`relation must be one of ${names}, but is ${relation}`);
    }
    this.relation = relation;
  }

  protected override mapping(): Mapping {
    const { relDim, planes, places } = this;
    const inputs = relations[this.relation].width(places, relDim);
    return { inputs, hiddenDim: planes, outputs: places * planes, outputBias: true };
  }

  protected override weigh({ queries, keys, allowed }: Related): Tensor {
    const relation = relations[this.relation].of({
      query: reshape(queries, [-1, 1, this.relDim]),
      keys: this.around(keys),
      queries: () => this.around(queries),
    });
    const weights = this.map(reshape(relation, [-1, this.mapping().inputs])); // (N, K²·P)
    return mul(reshape(weights, [-1, this.places, this.planes]), allowed);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), relation: this.relation };
  }
}
register(PatchwiseSelfAttention2D);

/** @see PatchwiseSelfAttention2D */
export const patchwiseSelfAttention2D = (args: PatchwiseSelfAttention2DArgs) =>
  new PatchwiseSelfAttention2D(args);
