import { eye, reshape, type serialization, type Tensor, tile } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { partOf, type Shapes, serializeLayer } from '../../layer.js';
import { RotaryPositions } from '../../position/rotary_positions.js';
import {
  Attention,
  type AttentionArgs,
  type CachedInputs,
  type CachedResult,
  type CalledInputs,
  type ComputeOptions,
} from '../attention.js';
import { attentionShapes } from '../attention_shapes.js';
import { type HeadArgs, HeadProjections } from '../head_projections.js';
import { attendsToAny, slotsOf } from '../slots.js';

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
  /** 1 for slots that may be attended to and 0 for others, float32, (B, S), where axes may be 1; all, if left out. */
  slots?: Tensor | undefined;
}

/**
 * Base of the attentions with heads that stand in for the attention of all pairs and never hold its scores, so that long
 * sequences fit.
 *
 * - inputs and outputs: see {@link Attention}; masks must be the same for every query: (B, S), (B, 1, S) or (B, 1, 1, S);
 *   there is no bias. Weights, with `returnWeights`, are those by which values are in effect read, (B, H, T, S): they are
 *   for looking at, and take as much arithmetic and memory as attention to everything.
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
    this.positions = this.own(
      'positions',
      partOf('positions', positions, 'rotary positions', RotaryPositions),
    );
  }

  /** What the heads read, (B, H, T, V): linear in the values. */
  protected abstract attendHeads(operands: HeadOperands, options: { training: boolean }): Tensor;

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

  protected override compute({ query, key, value, mask, bias }: CalledInputs, options: ComputeOptions) {
    if (bias) {
      throw new RangeError(`bias must be left out of ${this.getClassName()}, but has shape [${bias.shape}]`);
    }
    const [batch, length, source] = [query.shape[0]!, query.shape[1]!, key.shape[1]!];
    const slots = mask && slotsOf(mask);
    const operands = {
      queries: this.turned(this.projections.queries(query)),
      keys: this.turned(this.projections.keys(key)),
      values: this.projections.values(value),
      slots,
    };
    const heads = this.attendHeads(operands, options);
    const attends = slots && attendsToAny(slots, this.causal ? length : undefined);
    const context = this.projections.project(this.projections.beside(heads), attends);
    if (!options.returnWeights) return { context };
    // What is linear in the values tells its weights when it reads the identity.
    const each = tile(reshape(eye(source), [1, 1, source, source]), [batch, this.numHeads, 1, 1]);
    return { context, weights: this.attendHeads({ ...operands, values: each }, { training: false }) };
  }

  /** Queries or keys (B, H, L, K), turned by where they stand from `first` on. */
  protected turned(x: Tensor, first?: Tensor): Tensor {
    return this.positions ? this.positions.turn(x, first) : x;
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
