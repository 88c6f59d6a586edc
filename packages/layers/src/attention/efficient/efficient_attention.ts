import {
  cast,
  cumsum,
  expandDims,
  max,
  minimum,
  notEqual,
  reshape,
  scalar,
  type serialization,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { deserializeLayer, type Shapes, serializeLayer } from '../../layer.js';
import { RotaryPositions } from '../../position/rotary_positions.js';
import {
  Attention,
  type AttentionArgs,
  type CachedInputs,
  type CachedResult,
  type CalledInputs,
} from '../attention.js';
import { attentionShapes } from '../attention_shapes.js';
import { type HeadArgs, HeadProjections } from '../head_projections.js';

/** What the constructor of every efficient attention takes. */
export interface EfficientAttentionArgs extends AttentionArgs, HeadArgs {
  /** Turns queries and keys by where they stand. */
  positions?: RotaryPositions | serialization.ConfigDict;
}

/** What an efficient attention reads, cut into heads. */
export interface HeadOperands {
  /** (B, H, T, K), not scaled */
  queries: Tensor;
  /** (B, H, S, K) */
  keys: Tensor;
  /** (B, H, S, V) */
  values: Tensor;
  /** 1 for slots that may be attended to, and 0 for others, float32, (B, S), where B may be 1; all, if left out. */
  slots?: Tensor | undefined;
}

/** What the heads read. */
export interface HeadResult {
  /** (B, H, T, V) */
  heads: Tensor;
  /** (B, H, T, S), where they are asked for: heads = weights · values */
  weights?: Tensor;
  /** 0 for queries that may attend to nothing and 1 for others, (B, T, 1), where axes may be 1. */
  attends?: Tensor | undefined;
}

/**
 * Base of the attentions with heads that never hold the scores of all pairs, so that long sequences fit.
 *
 * - inputs and outputs: see {@link Attention}; masks must be the same for every query: (B, S), (B, 1, S) or (B, 1, 1, S);
 *   there is no bias. Weights, with `returnWeights`, are those by which values were in effect read, (B, H, T, S): they are
 *   made for looking at, by as much arithmetic and memory as attention to everything takes.
 * - weights of the layer: see {@link HeadProjections}
 *
 * @throws RangeError if a mask is not the same for every query, there is a bias, or a size is not a positive integer
 */
export abstract class EfficientAttention extends Attention {
  readonly numHeads: number;
  readonly positions?: RotaryPositions;
  protected readonly projections: HeadProjections;

  constructor({
    numHeads,
    keyDim,
    valueDim,
    outputDim,
    useBias,
    useOutputBias,
    positions,
    ...args
  }: EfficientAttentionArgs) {
    super(args, numHeads);
    const heads = { numHeads, keyDim, valueDim, outputDim, useBias, useOutputBias };
    this.projections = this.own('projections', new HeadProjections(heads), '');
    this.numHeads = numHeads;
    if (positions === undefined) return;
    const part = deserializeLayer(positions);
    if (!(part instanceof RotaryPositions)) {
      throw new TypeError(`positions must be rotary positions, but is ${part.getClassName()}`);
    }
    this.positions = this.own('positions', part);
  }

  /** What the heads read, and the weights by which they do where `returnWeights` asks for them. */
  protected abstract attendHeads(operands: HeadOperands, options: { training: boolean }): HeadResult;

  override build(shapes: Shapes): void {
    const [query, key, value] = attentionShapes(shapes);
    this.buildOwned(this.projections, [query, key, value]);
    if (this.positions) {
      this.buildOwned(this.positions, [query[0]!, this.numHeads, query[1]!, this.projections.keyDim]);
    }
    super.build(shapes);
  }

  protected override contextWidth(query: Shape): number | null {
    return this.projections.contextWidth(query);
  }

  protected override compute(
    { query, key, value, mask, bias }: CalledInputs,
    options: { training: boolean },
  ) {
    if (bias)
      throw new RangeError(`bias must be left out of ${this.getClassName()}, but has shape [${bias.shape}]`);
    const operands = {
      queries: this.turned(this.projections.queries(query)),
      keys: this.turned(this.projections.keys(key)),
      values: this.projections.values(value),
      slots: mask && slotsOf(mask),
    };
    const { heads, weights, attends } = this.attendHeads(operands, options);
    return { context: this.projections.project(this.projections.beside(heads), attends), weights };
  }

  private turned(x: Tensor): Tensor {
    return this.positions ? this.positions.turn(x) : x;
  }

  override emptyCache(_batch: number, _capacity: number): Tensor[] {
    throw this.notCacheable();
  }

  override attendCached(_inputs: CachedInputs): CachedResult {
    throw this.notCacheable();
  }

  private notCacheable(): Error {
    return new Error(
      `${this.getClassName()} cannot decode step by step: what it reads depends on the whole sequence`,
    );
  }

  override getConfig(): serialization.ConfigDict {
    const { positions } = this;
    return {
      ...super.getConfig(),
      ...this.projections.options,
      ...(positions && { positions: serializeLayer(positions) }),
    };
  }
}

/** A mask that is the same for every query, as float32 (B, S). */
function slotsOf(mask: Tensor): Tensor {
  if (mask.shape.slice(1, -1).some((size) => size !== 1)) {
    throw new RangeError(`mask must be the same for every query, (B, S), but has shape [${mask.shape}]`);
  }
  const slots = reshape(mask, [mask.shape[0]!, mask.shape.at(-1)!]);
  return cast(slots.dtype === 'bool' ? slots : notEqual(slots, scalar(0, slots.dtype)), 'float32');
}

/** Which queries may attend to any of the slots (B, S): (B, 1, 1), or (B, T, 1) if query t sees those up to slot t. */
export function attendsToAny(slots: Tensor, { causal = false } = {}): Tensor {
  return expandDims(causal ? minimum(cumsum(slots, 1), 1) : max(slots, 1, true), -1);
}
