import { dropout } from '@chui/runtime';
import {
  matMul,
  mul,
  reshape,
  type serialization,
  slice,
  softmax,
  type Tensor,
  tile,
} from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { normal } from '../../initializers.js';
import { positiveInteger, register, type Shapes } from '../../layer.js';
import { attentionShapes } from '../attention_shapes.js';
import type { AttentionTraits } from '../traits.js';
import { EfficientAttention, type EfficientAttentionArgs, type HeadOperands } from './efficient_attention.js';

/** Which projections of slots are one: none; those of a layer's heads; those, and that of keys and that of values. */
export type LinformerSharing = 'none' | 'heads' | 'keyValue';

const sharings: readonly LinformerSharing[] = ['none', 'heads', 'keyValue'];

export interface LinformerAttentionArgs extends EfficientAttentionArgs {
  /** Most slots of a sequence. */
  maxLength: number;
  /** Slots P that are left of them. */
  projectedLength: number;
  /** Default `heads`. */
  sharing?: LinformerSharing;
}

/**
 * Linformer's attention: head_h = softmax(Q_h (E K_h)ᵀ / √K) F V_h, where E and F (P, S) make P slots of S.
 *
 * Inputs and outputs are those of {@link EfficientAttention}. It cannot be causal, since every projected slot holds all slots; a
 * sequence of fewer slots takes the first columns of E and F, and masked slots are left out of what they project.
 *
 * - weights: see {@link HeadProjections}; and key_slots Eᵀ (maxLength, P), value_slots Fᵀ (maxLength, P), with an axis of heads
 *   before them for sharing `none`, and key_slots alone for `keyValue`
 *
 * The weights by which values are in effect read, softmax(…) F, do not sum to 1.
 *
 * @throws RangeError if a size is not a positive integer, there is no such sharing, a sequence has more than maxLength slots,
 *   or dropout is not in [0, 1), or it is to be causal
 * @see Wang et al. (2020), section 4, https://arxiv.org/abs/2006.04768, where P is k, `heads` headwise sharing and
 *   `keyValue` key-value sharing
 */
export class LinformerAttention extends EfficientAttention {
  static readonly className = 'ChuiLinformerAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(Q (E K)ᵀ / √K) F V',
    paper: { authors: 'Wang et al.', year: 2020, url: 'https://arxiv.org/abs/2006.04768' },
    masks: 'slots',
    causal: false,
    cacheable: false,
    permutationInvariant: false,
    normalized: false,
    exact: false,
    time: '(T + S)·P·D + (T + S)·D²',
    memory: 'H·T·P',
  };
  readonly maxLength: number;
  readonly projectedLength: number;
  readonly sharing: LinformerSharing;
  private keySlots!: LayerVariable;
  private valueSlots!: LayerVariable;

  constructor({ maxLength, projectedLength, sharing = 'heads', ...args }: LinformerAttentionArgs) {
    super(args);
    if (this.causal) throw new RangeError('causal must be false for Linformer, but is true');
    this.maxLength = positiveInteger('maxLength', maxLength);
    this.projectedLength = positiveInteger('projectedLength', projectedLength);
    if (!sharings.includes(sharing)) {
      throw new RangeError(`sharing must be one of ${sharings.join(', ')}, but is ${sharing}`);
    }
    this.sharing = sharing;
  }

  override build(shapes: Shapes): void {
    this.checkLength(attentionShapes(shapes)[1][1]!);
    super.build(shapes);
    const { maxLength, projectedLength, numHeads, sharing } = this;
    const heads = sharing === 'none' ? [numHeads] : [];
    const slots = (name: string) =>
      this.weight(name, [...heads, maxLength, projectedLength], normal(1 / Math.sqrt(projectedLength)));
    this.keySlots = slots('key_slots');
    this.valueSlots = sharing === 'keyValue' ? this.keySlots : slots('value_slots');
  }

  protected override attendHeads(
    { queries, keys, values, slots }: HeadOperands,
    { training }: { training: boolean },
  ): Tensor {
    const [batch, heads, source, width] = keys.shape as [number, number, number, number];
    this.checkLength(source);
    /** (B, H, S, W) → (B, H, P, W) */
    const projected = (x: Tensor, variable: LayerVariable) => {
      const table = variable.read();
      const own = table.rank === 3;
      const rows = slice(table, own ? [0, 0, 0] : [0, 0], own ? [-1, source, -1] : [source, -1]);
      const each = tile(reshape(rows, [1, own ? heads : 1, source, -1]), [batch, own ? 1 : heads, 1, 1]);
      const seen = slots ? mul(x, reshape(slots, [slots.shape[0]!, 1, slots.shape[1]!, 1])) : x;
      return matMul(each, seen, true, false);
    };
    const few = projected(keys, this.keySlots);
    const weights = softmax(matMul(mul(queries, 1 / Math.sqrt(width)), few, false, true)); // (B, H, T, P)
    const kept = this.dropout > 0 ? dropout(weights, this.dropout, { training }) : weights;
    return matMul(kept, projected(values, this.valueSlots));
  }

  private checkLength(source: number | null): void {
    if (source !== null && source > this.maxLength) {
      throw new RangeError(`key must have at most maxLength ${this.maxLength} slots, but has ${source}`);
    }
  }

  override getConfig(): serialization.ConfigDict {
    const { maxLength, projectedLength, sharing } = this;
    return { ...super.getConfig(), maxLength, projectedLength, sharing };
  }
}
register(LinformerAttention);

export const linformerAttention = (args: LinformerAttentionArgs) => new LinformerAttention(args);
