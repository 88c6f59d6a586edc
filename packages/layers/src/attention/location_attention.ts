import { type serialization, slice, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { positiveInteger, register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { attentionShapes } from './attention_shapes.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import { SingleHeadAttention } from './single_head_attention.js';
import type { AttentionTraits } from './traits.js';

export interface LocationAttentionArgs extends ScoredAttentionArgs {
  /** Most slots that a memory may have. */
  maxLength: number;
}

/**
 * Location-based attention: the score of slot s is (Wᵀ q)ₛ, which depends on the query and on where a slot is, and not on
 * what it holds.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ
 * - weights: kernel W (Dq, maxLength), of which the first S columns are used
 *
 * @throws RangeError if maxLength is not a positive integer, or there are more slots
 * @see Luong et al. (2015), section 3.1, location, https://arxiv.org/abs/1508.04025, where Wᵀ is W_a
 */
export class LocationAttention extends SingleHeadAttention {
  static readonly className = 'ChuiLocationAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(Wᵀ q) v',
    paper: { authors: 'Luong et al.', year: 2015, url: 'https://arxiv.org/abs/1508.04025' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'T·S·D',
    memory: 'T·S',
  };
  readonly maxLength: number;
  private kernel!: LayerVariable;

  constructor({ maxLength, ...args }: LocationAttentionArgs) {
    super(args);
    this.maxLength = positiveInteger('maxLength', maxLength);
  }

  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    this.slots(key[1]!);
    this.kernel = this.weight('kernel', [query[2]!, this.maxLength], glorotUniform());
    super.build(shapes);
  }

  override projectKeys(key: Tensor): Tensor {
    return key;
  }

  override scores(query: Tensor, { keys }: Memory): Tensor {
    const slots = this.slots(keys.shape[1]!);
    const kernel = slice(this.kernel.read(), [0, 0], [query.shape[2]!, slots]); // (Dq, S)
    return linear(query, kernel); // (B, T, S)
  }

  private slots(slots: number): number {
    if (slots > this.maxLength) {
      throw new RangeError(`length of the key must not exceed maxLength ${this.maxLength}, but is ${slots}`);
    }
    return slots;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), maxLength: this.maxLength };
  }
}
register(LocationAttention);

export const locationAttention = (args: LocationAttentionArgs) => new LocationAttention(args);
