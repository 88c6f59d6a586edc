import {
  add,
  cast,
  concat,
  cos,
  matMul,
  mul,
  neg,
  reshape,
  sin,
  type Tensor,
  tensor1d,
  zeros as zeroTensor,
} from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { Linear } from '../../feed_forward/linear.js';
import { zeros } from '../../initializers.js';
import { register, type Shapes } from '../../layer.js';
import { attentionShapes } from '../attention_shapes.js';
import { splitHeads } from '../key_value_projection.js';
import type { AttentionTraits } from '../traits.js';
import { RelativeAttention, type RelativeAttentionArgs } from './relative_attention.js';

export type TransformerXlAttentionArgs = RelativeAttentionArgs;

/**
 * Transformer-XL's attention: multi-head attention in which query i scores key j by
 * ((q_i + u_h) · k_j + (q_i + v_h) · R_{i−j} W_R) / √K, where R_p = [sin(p ω), cos(p ω)], ω_m = 10000^(−2m/Dq), encodes the
 * distance p.
 *
 * - inputs, masks and outputs: see {@link Attention} and `MultiHeadAttention`; Dq is even. Keys and values may begin with the
 *   states of an earlier segment: query t stands at slot S − T + t, and `causal` keeps it from later slots.
 * - weights: see {@link HeadProjections}; position_kernel W_R (Dq, H·K), content_bias u (H, K), position_bias v (H, K)
 *
 * The paper has no other biases (`useBias: false`), and lets no gradient into the earlier segment. Hugging Face calls u
 * r_w_bias, v r_r_bias and W_R r_net.
 *
 * @throws RangeError if a size is not a positive integer, numHeads does not divide the width, or the width is odd
 * @see Dai et al. (2019), section 3.3, https://arxiv.org/abs/1901.02860
 * @example
 * attention.attend({ query: segment, key: concat([memory, segment], 1) });
 */
export class TransformerXlAttention extends RelativeAttention {
  static readonly className = 'ChuiTransformerXlAttention';
  static readonly traits: AttentionTraits = {
    formula:
      '[head₁ … head_H] W_O, head_h = Σ_j softmax_j(((q_i + u) · k_j + (q_i + v) · R_{i−j} W_R) / √K) v_j',
    paper: { authors: 'Dai et al.', year: 2019, url: 'https://arxiv.org/abs/1901.02860' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'T·S·D + T²·D + (T + S)·D²',
    memory: 'H·T·S + H·T²',
  };
  private position!: Linear;
  private contentBias!: LayerVariable;
  private positionBias!: LayerVariable;
  private frequencies!: Tensor;

  override build(shapes: Shapes): void {
    const [query] = attentionShapes(shapes);
    const width = query[2]!;
    if (width % 2 !== 0) throw new RangeError(`width of the query must be even, but is ${width}`);
    super.build(shapes);
    const { numHeads, keyDim } = this.projections;
    this.position = this.own(
      'position',
      new Linear({ units: numHeads * keyDim, useBias: false }),
      'position_',
    );
    this.buildOwned(this.position, [null, null, width]);
    this.contentBias = this.weight('content_bias', [numHeads, keyDim], zeros());
    this.positionBias = this.weight('position_bias', [numHeads, keyDim], zeros());
    const frequencies = Array.from({ length: width / 2 }, (_, m) => 10_000 ** ((-2 * m) / width));
    this.frequencies = this.constant(tensor1d(frequencies));
  }

  protected override firstSlot(length: number, slots: number): number {
    return slots - length;
  }

  protected override asked(query: Tensor): [ofKeys: Tensor, ofDistances: Tensor] {
    const { numHeads, keyDim } = this.projections;
    const queries = this.projections.queries(query); // (B, H, T, K)
    const scale = this.scale ?? 1 / Math.sqrt(keyDim);
    const biased = (bias: LayerVariable) =>
      mul(add(queries, reshape(bias.read(), [1, numHeads, 1, keyDim])), scale);
    return [biased(this.contentBias), biased(this.positionBias)];
  }

  protected override scoreDistances(queries: Tensor, distances: Tensor): Tensor {
    const behind = cast(neg(distances), 'float32'); // i − j, (1 or B, L)
    const angles = mul(reshape(behind, [...behind.shape, 1]), this.frequencies); // (1 or B, L, Dq/2)
    const encodings = concat([sin(angles), cos(angles)], 2);
    const projected = splitHeads(this.position.call(encodings), this.numHeads); // (1 or B, H, L, K)
    const each = add(projected, zeroTensor([queries.shape[0]!, 1, 1, 1])); // (B, H, L, K), as matMul's gradient needs it
    return matMul(queries, each, false, true);
  }
}
register(TransformerXlAttention);

export const transformerXlAttention = (args: TransformerXlAttentionArgs) => new TransformerXlAttention(args);
