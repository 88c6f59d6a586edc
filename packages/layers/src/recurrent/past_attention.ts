import {
  concat,
  expandDims,
  less,
  range,
  type serialization,
  type Tensor,
  tanh,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { CachedInputs, CallArgs } from '../attention/attention.js';
import { ScoredAttention } from '../attention/scored_attention.js';
import { glorotUniform } from '../initializers.js';
import {
  Layer,
  type LayerArgs,
  partOf,
  register,
  type Shapes,
  sequenceShape,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';
import { andMasks } from '../mask/combine_masks.js';
import { linear } from '../ops/linear.js';
import { causalMask } from '../ops/mask.js';
import { positionsFrom } from '../position/distances.js';

/** Options of `PastAttention`. */
export interface PastAttentionArgs extends LayerArgs {
  /** What reads the states before: any attention that scores pairs. The layer owns it. */
  attention: ScoredAttention | serialization.ConfigDict;
}

/** Some states in a row, one in most steps, and what was kept of those before them: see `Attention.attendCached`. */
export type PastAttentionStep = Pick<CachedInputs, 'cache' | 'position' | 'mask'> & {
  /** (B, T, U) */
  x: Tensor;
};

/**
 * Attention of each state of a recurrent layer over the states before it: cₜ = attend(sₜ; s₁ … sₜ₋₁);
 * h̃ₜ = tanh(W_c [cₜ; sₜ]).
 *
 * A state is not a part of its own past, as in the paper, which has a window of the last states where all are read here.
 * The first state has no past: its context is zeros, whatever the attention makes of them.
 *
 * - inputs: s (B, T, U), or [s, mask] with a mask (B, T), nonzero = may be attended to
 * - output: h̃ (B, T, U); with `returnWeights`, on tensors, [h̃, weights], which are (B, T, T), or (B, H, T, T)
 * - weights: `output_kernel` W_c (C + U, U) for contexts of width C, which is W^r above W^h there; the attention's as `attention/…`
 *
 * @throws TypeError if the attention does not score pairs; RangeError if s is not of rank 3.
 * @see Daniluk et al. (2017), section 2.1, https://arxiv.org/abs/1702.04521, whose attention is additive
 */
export class PastAttention extends Layer {
  static readonly className = 'ChuiPastAttention';
  private readonly attention: ScoredAttention;
  private outputKernel!: LayerVariable;

  constructor({ attention, ...args }: PastAttentionArgs) {
    super(args);
    const what = 'an attention layer that scores pairs';
    this.attention = this.own('attention', partOf('attention', attention, what, ScoredAttention));
  }

  override build(shapes: Shapes): void {
    const x = statesShape(shapes);
    this.buildOwned(this.attention, [x, x, x]);
    const [[, , context]] = this.attention.resultShapes([x, x, x]);
    this.outputKernel = this.weight('output_kernel', [context! + x[2], x[2]], glorotUniform());
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false, returnWeights = false }: CallArgs = {}): Tensors {
    const [x, mask] = [inputs].flat() as [Tensor, Tensor?];
    return tidy(() => {
      const length = x.shape[1]!;
      const before = causalMask(length, length, mask, -1); // (B, T, T)
      const read = this.attention.call([x, x, x, before], { training, returnWeights });
      const [context, weights] = [read].flat() as [Tensor, Tensor?];
      const y = this.combine(context, x);
      return weights ? [y, weights] : y;
    });
  }

  /** A cache for `step`; the layer must be built. */
  emptyCache(batch: number, capacity: number): Tensor[] {
    return this.attention.emptyCache(batch, capacity);
  }

  /** Some states that follow those of a cache, which gives what all states at once give at these. */
  step({ x, cache, position, mask }: PastAttentionStep): { y: Tensor; cache: Tensor[] } {
    return tidy(() => {
      const slots = range(0, cache[0]!.shape.at(-2)!, 1, 'int32');
      const places = positionsFrom(x.shape[1]!, position); // (B, T), or (1, T)
      const before = less(slots, expandDims(places, -1)); // (B, T, C)
      const seen = mask ? andMasks(mask, before) : before;
      const { context, cache: kept } = this.attention.attendCached({ query: x, cache, position, mask: seen });
      return { y: this.combine(context, x), cache: kept };
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    return statesShape(shapes);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), attention: serializeLayer(this.attention) };
  }

  private combine(context: Tensor, states: Tensor): Tensor {
    return tanh(linear(concat([context, states], -1), this.outputKernel.read())); // (B, T, U)
  }
}
register(PastAttention);

/** @see PastAttention */
export const pastAttention = (args: PastAttentionArgs) => new PastAttention(args);

const statesShape = (shapes: Shapes) => sequenceShape('states', shapeList(shapes)[0]!);
