import { add, concat, mul, ones, type serialization, type Tensor, zeros } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { type AttentionMask, maskOf } from '../ops/mask.js';
import { HeadedAttention, type HeadedAttentionArgs } from './headed_attention.js';
import type { Memory } from './scored_attention.js';
import type { AttentionTraits } from './traits.js';

export interface MultiHeadAttentionArgs extends HeadedAttentionArgs {
  /** Whether a slot with a learned key and a learned value stands behind the others, for every query to see. */
  addBiasKv?: boolean;
  /** Whether a slot of zeros stands behind the others, for every query to see. */
  addZeroAttn?: boolean;
}

/**
 * Multi-head attention: head_h = softmax(Q_h K_hᵀ / √K) V_h, output = [head_1 … head_H] W_O + b_O, where
 * Q = q W_Q + b_Q, K = k W_K + b_K and V = v W_V + b_V are cut into heads along their width.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ; the context is
 *   (B, T, outputDim), the weights are each head's, before dropout: (B, H, T, S)
 * - weights: see {@link HeadProjections}; and with `addBiasKv` bias_k (1, H, 1, K), bias_v (1, H, 1, V)
 *
 * The slots of `addBiasKv` and `addZeroAttn` stand last in the weights, whose last axis is longer by them.
 *
 * Semantics and `keyDim` are Keras's. PyTorch's `embed_dim` is here H·K = H·V = outputDim = Dq; `addBiasKv` and
 * `addZeroAttn` are its own.
 *
 * @throws RangeError if a size is not a positive integer, or an option does not go with another
 * @see Vaswani et al. (2017), section 3.2, https://arxiv.org/abs/1706.03762
 */
export class MultiHeadAttention extends HeadedAttention {
  static readonly className = 'ChuiMultiHeadAttention';
  static readonly traits: AttentionTraits = {
    formula: '[head₁ … head_H] W_O, head_h = softmax(Q_h K_hᵀ / √K) V_h',
    paper: { authors: 'Vaswani et al.', year: 2017, url: 'https://arxiv.org/abs/1706.03762' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + (T + S)·D²',
    memory: 'H·T·S',
  };
  readonly addBiasKv: boolean;
  readonly addZeroAttn: boolean;
  private biasKey?: LayerVariable;
  private biasValue?: LayerVariable;

  constructor({ addBiasKv = false, addZeroAttn = false, ...args }: MultiHeadAttentionArgs) {
    super(args);
    this.addBiasKv = addBiasKv;
    this.addZeroAttn = addZeroAttn;
    if (args.positions && (addBiasKv || addZeroAttn)) {
      throw new RangeError('positions must be left out with addBiasKv or addZeroAttn, whose slots have none');
    }
    if (addBiasKv || addZeroAttn) this.extend = (memory) => this.withOwnSlots(memory);
  }

  override build(shapes: Shapes): void {
    super.build(shapes);
    if (!this.addBiasKv) return;
    const { numHeads, keyDim, valueDim } = this.projections;
    this.biasKey = this.weight(
      'bias_k',
      [1, numHeads, 1, keyDim],
      normal(Math.sqrt(2 / (numHeads * keyDim))),
    );
    this.biasValue = this.weight(
      'bias_v',
      [1, numHeads, 1, valueDim],
      normal(Math.sqrt(2 / (numHeads * valueDim))),
    );
  }

  protected override get ownSlots(): number {
    return Number(this.addBiasKv) + Number(this.addZeroAttn);
  }

  private withOwnSlots({ keys, values, mask, ...rest }: Memory): Memory {
    const longer = (slots: Tensor, learned?: LayerVariable) => {
      const [batch, heads, , width] = slots.shape as [number, number, number, number];
      const none = zeros([batch, heads, 1, width]);
      const added = learned ? [add(none, learned.read())] : [];
      return concat([slots, ...added, ...(this.addZeroAttn ? [none] : [])], 2); // (B, H, S + 1 or 2, …)
    };
    return {
      keys: longer(keys, this.biasKey),
      values: longer(values, this.biasValue),
      mask: mask && this.seen(mask, keys),
      ...rest,
    };
  }

  /** A mask that lets every query see the attention's own slots too. */
  private seen({ allowed }: AttentionMask, keys: Tensor): AttentionMask {
    const whole = mul(allowed, ones([1, 1, 1, keys.shape[2]!])); // (…, S), where the axis may have been 1
    return maskOf(concat([whole, ones([...whole.shape.slice(0, 3), this.ownSlots])], 3));
  }

  override getConfig(): serialization.ConfigDict {
    const { addBiasKv, addZeroAttn } = this;
    return { ...super.getConfig(), addBiasKv, addZeroAttn };
  }
}
register(MultiHeadAttention);

export const multiHeadAttention = (args: MultiHeadAttentionArgs) => new MultiHeadAttention(args);
