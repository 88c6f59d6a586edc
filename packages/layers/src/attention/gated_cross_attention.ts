import { mul, type Tensor, tanh } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { zeros } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { HeadedAttention, type HeadedAttentionArgs } from './headed_attention.js';
import type { AttentionTraits } from './traits.js';

export type GatedCrossAttentionArgs = HeadedAttentionArgs;

/**
 * Gated cross-attention: multi-head attention whose context is multiplied by tanh(gate), a learned number that is 0 at
 * first, so that a new attention, to images say, does not disturb a trained model that it is added to: x + gated(x, images)
 * is x at first.
 *
 * - inputs, masks and outputs: see {@link Attention} and `MultiHeadAttention`
 * - weights: see `HeadProjections`; gate (1)
 *
 * @throws RangeError if a size is not a positive integer
 * @see Alayrac et al. (2022), Flamingo, section 2.2, https://arxiv.org/abs/2204.14198, where gate is α_xattn
 */
export class GatedCrossAttention extends HeadedAttention {
  static readonly className = 'ChuiGatedCrossAttention';
  static readonly traits: AttentionTraits = {
    formula: 'tanh(α) · [head₁ … head_H] W_O, head_h = softmax(Q_h K_hᵀ / √K) V_h',
    paper: { authors: 'Alayrac et al.', year: 2022, url: 'https://arxiv.org/abs/2204.14198' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + (T + S)·D²',
    memory: 'H·T·S',
  };
  private gate!: LayerVariable;

  override build(shapes: Shapes): void {
    this.gate = this.weight('gate', [1], zeros());
    super.build(shapes);
  }

  protected override gateContext(context: Tensor): Tensor {
    return mul(context, tanh(this.gate.read()));
  }
}
register(GatedCrossAttention);

export const gatedCrossAttention = (args: GatedCrossAttentionArgs) => new GatedCrossAttention(args);
