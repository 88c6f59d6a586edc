import { attendCachedInPlace, attendInOnePass, attendsCachedInPlace, attendsInOnePass } from '@chui/runtime';
import {
  add,
  matMul,
  mul,
  ones,
  reshape,
  type serialization,
  type Tensor,
  tile,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { partOf, type Shapes, serializeLayer } from '../layer.js';
import { Softmax } from '../normalization/softmax.js';
import { attentionMask, causalMask } from '../ops/mask.js';
import { AttentionPositions } from '../position/attention_positions.js';
import type { CachedInputs, CalledInputs } from './attention.js';
import { attentionShapes } from './attention_shapes.js';
import { attends, type HeadArgs, HeadProjections } from './head_projections.js';
import type { KeyValueProjection } from './key_value_projection.js';
import {
  type Memory,
  type ReadOptions,
  ScoredAttention,
  type ScoredAttentionArgs,
} from './scored_attention.js';
import { attendsToAny, isOfSlots, slotsOf } from './slots.js';

/** What the constructor of an attention with heads takes. */
export interface HeadedAttentionArgs extends ScoredAttentionArgs, HeadArgs {
  /** Factor of every score; 1/√K if left out. */
  scale?: number;
  /** Where queries and keys stand: a part that turns them, such as rotary positions, or adds to their scores. */
  positions?: AttentionPositions | serialization.ConfigDict;
}

/** What the heads read. */
export interface HeadReading {
  /** Side by side, (B, T, H·V). */
  heads: Tensor;
  /** 0 for queries that may attend to nothing and 1 for others, (B, T, 1), where axes may be 1; all may, if left out. */
  attends?: Tensor | undefined;
}

/**
 * Base of the scaled dot-product attentions with heads: head_h = normalise(scale · Q_h K_gᵀ) V_g, where head h of the
 * queries reads head g = ⌊h·G/H⌋ of the G heads of keys and values; the context is [head_1 … head_H] W_O + b_O.
 */
export abstract class HeadedAttention extends ScoredAttention {
  readonly numHeads: number;
  readonly scale?: number;
  readonly positions?: AttentionPositions;
  readonly projections: HeadProjections;

  constructor(
    {
      numHeads,
      keyDim,
      valueDim,
      outputDim,
      useBias,
      useOutputBias,
      fusedProjection,
      scale,
      positions,
      ...args
    }: HeadedAttentionArgs,
    numKeyValueHeads = numHeads,
  ) {
    super(args, numHeads);
    const sizes = { numHeads, keyDim, valueDim, outputDim, numKeyValueHeads };
    const heads = { ...sizes, useBias, useOutputBias, ...(fusedProjection && { fusedProjection }) };
    this.projections = this.own('projections', new HeadProjections(heads), '');
    this.numHeads = numHeads;
    if (scale !== undefined) {
      if (!Number.isFinite(scale)) throw new RangeError(`scale must be finite, but is ${scale}`);
      this.scale = scale;
    }
    if (positions === undefined) return;
    const what = 'positions of an attention, such as RotaryPositions';
    this.positions = this.own('positions', partOf('positions', positions, what, AttentionPositions));
  }

  /** The part of the attention that does not depend on the query, of a built layer. */
  get keysAndValues(): KeyValueProjection {
    return this.projections.keysAndValues;
  }

  /** What the heads read, where there is a way to it that does not hold the scores of all pairs. */
  protected inParts?(inputs: CalledInputs, options: { training: boolean }): HeadReading | undefined;
  /** What the heads read besides values, of how far the slots are: (B, H, T, S) → (B, H, T, V). */
  protected readDistances?(weights: Tensor, first?: Tensor): Tensor | undefined;
  /** What the heads read, side by side (B, T, H·V), by some measure. */
  protected gateHeads?(heads: Tensor, options: { training: boolean }): Tensor;
  /** The context (B, T, D) by some measure. */
  protected gateContext?(context: Tensor): Tensor;

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

  override projectKeys(key: Tensor, first?: Tensor): Tensor {
    const keys = this.projections.keys(key); // (B, G, S, K)
    return this.positions ? this.positions.turn(keys, first) : keys;
  }

  protected override projectValues(value: Tensor): Tensor {
    return this.projections.values(value); // (B, G, S, V)
  }

  /** Queries by which keys are scored: (B, T, Dq) → (B, H, T, K). */
  protected projectQueries(query: Tensor, first?: Tensor): Tensor {
    const queries = this.projections.queries(query); // (B, H, T, K)
    const turned = this.positions ? this.positions.turn(queries, first) : queries;
    return mul(turned, this.scale ?? 1 / Math.sqrt(this.projections.keyDim));
  }

  override scores(query: Tensor, { keys }: Memory, first?: Tensor, place = first): Tensor {
    const queries = this.grouped(this.projectQueries(query, place));
    const scores = this.ungrouped(matMul(queries, keys, false, true)); // (B, H, T, S)
    const bias = this.positions?.bias(query.shape[1]!, keys.shape[2]!, first);
    return bias ? add(scores, bias) : scores;
  }

  protected override read(weights: Tensor, { values, mask }: Memory, options: ReadOptions): Tensor {
    const ofValues = this.ungrouped(matMul(this.grouped(weights), values)); // (B, H, T, V)
    const ofDistances = this.readDistances?.(weights, options.first);
    const heads = ofDistances ? add(ofValues, ofDistances) : ofValues;
    return this.project(this.projections.beside(heads), mask && attends(mask), options);
  }

  protected override inOnePass(inputs: CalledInputs, options: { training: boolean }): Tensor | undefined {
    const read = this.inParts ? this.inParts(inputs, options) : this.fused(inputs, options);
    return read && this.project(read.heads, read.attends, options);
  }

  /** What the heads read by an op of the backend, where there is one for it. */
  protected fused(
    { query, key, value, mask, bias }: CalledInputs,
    { training }: { training: boolean },
  ): HeadReading | undefined {
    const { projections, causal } = this;
    if (!this.isPlain(bias) || this.extend || this.window || !attendsInOnePass()) return;
    const { query: asked, keys, values } = this.headsBeside({ query, key, value });
    const heads = attendInOnePass({
      query: this.scale === undefined ? asked : mul(asked, this.scale * Math.sqrt(projections.keyDim)),
      keys: this.spread(keys),
      values: this.spread(values),
      numHeads: projections.numHeads,
      allowed: mask && attentionMask(mask, 4).allowed,
      causal,
      dropout: training ? this.dropout : 0,
    });
    return { heads, attends: mask && this.attendsUnder(mask, query.shape[1]!, key.shape[1]!) };
  }

  /** Queries, keys and values of heads side by side, (B, L, H·W), the first ones of which stand at `first`. */
  private headsBeside({ query, key, value }: CalledInputs, first?: Tensor) {
    const { projections, positions } = this;
    const turned = (heads: Tensor) => projections.beside(positions!.turn(heads, first));
    return {
      query: positions ? turned(projections.queries(query)) : projections.queriesBeside(query),
      keys: positions ? turned(projections.keys(key)) : projections.keysBeside(key),
      values: projections.valuesBeside(value),
    };
  }

  /** Slots before its own that a query sees, where that is all that `window` says. */
  protected get windowReach(): number | undefined {
    return undefined;
  }

  protected override inCache(inputs: CachedInputs): Tensor | undefined {
    const { query, cache, position, place = position, mask, bias } = inputs;
    const { projections, numHeads } = this;
    const isPlain = this.isPlain(bias) && !this.extend && !this.readDistances && cache.length === 2;
    if (!isPlain || (this.window && this.windowReach === undefined) || !attendsCachedInPlace()) return;
    if (position.size !== 1 || projections.keyDim !== projections.valueDim || (mask && mask.rank !== 2))
      return;
    const [keyCache, valueCache] = cache as [Tensor, Tensor];
    const [batch, , slots] = keyCache.shape as [number, number, number];
    const heads = attendCachedInPlace({
      ...this.headsBeside({ query, key: query, value: query }, place),
      keyCache,
      valueCache,
      slot: position,
      allowed: mask ? mul(slotsOf(mask), ones([batch, slots])) : ones([batch, slots]),
      numHeads,
      scale: this.scale ?? 1 / Math.sqrt(projections.keyDim),
      window: this.windowReach,
    });
    return this.project(heads, undefined, { training: false });
  }

  /** Whether weights are the softmax of products alone: nothing is added to scores, and no temperature divides them. */
  protected isPlain(bias: Tensor | undefined): boolean {
    const { normalization, positions } = this;
    const usual = normalization instanceof Softmax && normalization.temperature === 1;
    return usual && !bias && !positions?.bias(1, 1);
  }

  /** Which queries may attend to anything under a mask, (B, T, 1), where axes may be 1. */
  protected attendsUnder(mask: Tensor, length: number, source: number): Tensor {
    if (isOfSlots(mask)) return attendsToAny(slotsOf(mask), this.causal ? length : undefined);
    return attends(attentionMask(this.causal ? causalMask(length, source, mask) : mask, 4));
  }

  /** The context of what the heads read, side by side (B, T, H·V). */
  private project(heads: Tensor, attends: Tensor | undefined, options: { training: boolean }): Tensor {
    const context = this.projections.project(this.gateHeads?.(heads, options) ?? heads, attends);
    return this.gateContext?.(context) ?? context;
  }

  /** Heads of keys or values side by side, each as often as queries read it: (B, S, G·W) → (B, S, H·W). */
  private spread(x: Tensor): Tensor {
    const { numHeads, numKeyValueHeads: groups } = this.projections;
    if (numHeads === groups) return x;
    const [batch, slots, all] = x.shape as [number, number, number];
    const times = numHeads / groups;
    const width = all / groups;
    const each = tile(reshape(x, [batch * slots * groups, 1, width]), [1, times, 1]);
    return reshape(each, [batch, slots, numHeads * width]);
  }

  /** Heads that read the same keys below each other: (B, H, T, …) → (B, G, H/G·T, …). */
  private grouped(x: Tensor): Tensor {
    const [batch, heads, length, width] = x.shape as [number, number, number, number];
    const { numKeyValueHeads: groups } = this.projections;
    return heads === groups ? x : reshape(x, [batch, groups, (heads / groups) * length, width]);
  }

  /** The inverse of `grouped`. */
  private ungrouped(x: Tensor): Tensor {
    const [batch, groups, rows, width] = x.shape as [number, number, number, number];
    return groups === this.numHeads
      ? x
      : reshape(x, [batch, this.numHeads, (rows * groups) / this.numHeads, width]);
  }

  override getConfig(): serialization.ConfigDict {
    const { scale, positions } = this;
    return {
      ...super.getConfig(),
      ...this.projections.options,
      ...(scale !== undefined && { scale }),
      ...(positions && { positions: serializeLayer(positions) }),
    };
  }
}
