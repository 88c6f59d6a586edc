import {
  abs,
  cast,
  lessEqual,
  mul,
  range,
  type serialization,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { partOf, positiveInteger, type Shapes, serializeLayer } from '../layer.js';
import { maskOf } from '../ops/mask.js';
import { withoutGradient } from '../ops/without_gradient.js';
import { GeneralAttention } from './general_attention.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import { SingleHeadAttention } from './single_head_attention.js';

export interface LocalAttentionArgs extends ScoredAttentionArgs {
  /** Slots on each side of a query's centre that it may attend to, D in the paper. */
  windowSize: number;
  /** What scores the pairs: any attention without heads, of which the rest is not used. Default `GeneralAttention`. */
  score?: SingleHeadAttention | serialization.ConfigDict;
}

/** Base of Luong's local attentions: query t attends to the slots s with |s − pₜ| ≤ windowSize around its centre pₜ. */
export abstract class LocalAttention extends SingleHeadAttention {
  readonly windowSize: number;
  private readonly score: SingleHeadAttention;

  constructor({ windowSize, score = new GeneralAttention({}), ...args }: LocalAttentionArgs) {
    super(args);
    this.windowSize = positiveInteger('windowSize', windowSize);
    this.score = this.own('score', partOf('score', score, 'an attention without heads', SingleHeadAttention));
  }

  /** Where each query looks, (B, T, 1), where axes may be 1. */
  protected abstract centres(query: Tensor, memory: Memory, first?: Tensor): Tensor;
  /** A factor of the weights, given how far a slot is from the centre, (B, T, S). */
  protected falloff?(distance: Tensor): Tensor;

  override build(shapes: Shapes): void {
    this.buildOwned(this.score, shapes);
    super.build(shapes);
  }

  override projectKeys(key: Tensor, first?: Tensor): Tensor {
    return this.score.projectKeys(key, first);
  }

  override scores(query: Tensor, memory: Memory, first?: Tensor): Tensor {
    return this.score.scores(query, memory, first);
  }

  protected override window(query: Tensor, memory: Memory, first?: Tensor) {
    const slots = range(0, memory.values.shape[1]!, 1, 'float32'); // (S)
    const distance = sub(slots, this.centres(query, memory, first)); // (B, T, S), where axes may be 1
    const near = withoutGradient(distance, (x) => cast(lessEqual(abs(x), this.windowSize), 'float32'));
    const allowed = memory.mask ? mul(near, memory.mask.allowed) : near;
    return { mask: maskOf(allowed), ...(this.falloff && { factor: this.falloff(distance) }) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), windowSize: this.windowSize, score: serializeLayer(this.score) };
  }
}
