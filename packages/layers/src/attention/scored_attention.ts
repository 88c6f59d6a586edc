import { dropout } from '@chui/runtime';
import {
  add,
  cast,
  concat,
  equal,
  expandDims,
  lessEqual,
  matMul,
  mul,
  ones,
  range,
  reshape,
  type serialization,
  squeeze,
  sub,
  sum,
  type Tensor,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { type Shapes, serializeLayer } from '../layer.js';
import type { Normalization } from '../normalization/normalization.js';
import { type NormalizationName, normalizationOf } from '../normalization/normalization_of.js';
import { type AttentionMask, attentionMask, causalMask, maskOf } from '../ops/mask.js';
import { positionsFrom } from '../position/distances.js';
import {
  Attention,
  type AttentionArgs,
  type AttentionResult,
  type CachedInputs,
  type CachedResult,
  type CalledInputs,
  type ComputeOptions,
} from './attention.js';
import { attentionShapes, checkMask } from './attention_shapes.js';

/** What the constructor of an attention that scores pairs takes. */
export interface ScoredAttentionArgs extends AttentionArgs {
  /** What makes scores into weights: a name, or a part. Default `softmax`. */
  normalization?: NormalizationName | Normalization | serialization.ConfigDict;
}

/** Keys and values as an attention reads them, projected once for all the queries of a sequence. */
export interface Memory {
  /** (B, S, …) or (B, H, S, …): slots are the last axis but one */
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly mask?: AttentionMask | undefined;
  /** What the normalisation needs to know of each key. */
  readonly keyWeights?: Tensor | undefined;
}

/** How a query is asked. */
export interface StepOptions {
  training?: boolean;
  /** Position of the first query among the slots, int32; 0 if left out. */
  first?: Tensor | undefined;
  /** Its position in its text, where that is not its position among the slots. */
  place?: Tensor | undefined;
  /** Added to the scores; (B, T, S) or (B, H, T, S), where axes may be 1. */
  bias?: Tensor | undefined;
}

/** How the values are read. */
export interface ReadOptions {
  training: boolean;
  /** Position of the first query among the slots, int32; 0 if left out. */
  first?: Tensor | undefined;
}

/**
 * Base of the attentions that score every pair: weights = normalise(score(query, key), mask); context = weights · value.
 *
 * A decoder that asks the same memory again at every step calls `prepare` once and `step` each time, inside `tf.tidy`; a
 * step is its own sequence, so `causal` does not bear on it.
 */
export abstract class ScoredAttention extends Attention {
  readonly normalization: Normalization;
  private keyWidths?: [key: number, value: number];

  constructor({ normalization = 'softmax', ...args }: ScoredAttentionArgs = {}, heads?: number) {
    super(args, heads);
    this.normalization = this.own('normalization', normalizationOf(normalization));
  }

  /** The keys' part of the score, which does not depend on the query. `first` is the position of the first key, or 0. */
  abstract projectKeys(key: Tensor, first?: Tensor): Tensor;
  /** The values as `read` takes them. */
  protected abstract projectValues(value: Tensor): Tensor;
  /** Scores of queries (B, T, Dq), the first of them at `first`, or 0, and at `place` in its text: (B, T, S), or (B, H, T, S). */
  abstract scores(query: Tensor, memory: Memory, first?: Tensor, place?: Tensor): Tensor;
  /** The context (B, T, D) that the weights take from a memory's values. */
  protected abstract read(weights: Tensor, memory: Memory, options: ReadOptions): Tensor;

  /** A memory with the slots that belong to the attention itself. */
  protected extend?(memory: Memory): Memory;
  /** Which slots each query may attend to, where that depends on the query, and a factor of the weights. */
  protected window?(
    query: Tensor,
    memory: Memory,
    first?: Tensor,
  ): { mask?: AttentionMask | undefined; factor?: Tensor };
  /** The slot at which the first of so many queries stands, where that is not 0. */
  protected firstSlot?(length: number, slots: number): number;
  /** The context of `attendCached`, where there is a way to write the cache in place. */
  protected inCache?(inputs: CachedInputs): Tensor | undefined;
  /** The context alone, where there is a way to it that holds no weights. */
  protected inOnePass?(inputs: CalledInputs, options: { training: boolean }): Tensor | undefined;

  override build(shapes: Shapes): void {
    const [query, key, value] = attentionShapes(shapes);
    const heads = this.heads ? [this.heads] : [];
    if (this.ownSlots > 0 && this.normalization.prepare) {
      throw new RangeError(
        `normalization must not weigh keys where there are slots without one, but is ${this.normalization.getClassName()}`,
      );
    }
    this.keyWidths = [key[2]!, value[2]!];
    this.buildOwned(this.normalization, [[query[0]!, ...heads, query[1]!, key[1]!], key]);
    super.build(shapes);
  }

  /** Projects keys and values for any number of steps. The layer must be built. */
  prepare({ key, value = key, mask }: { key: Tensor; value?: Tensor; mask?: Tensor | undefined }): Memory {
    return {
      keys: this.projectKeys(key),
      values: this.projectValues(value),
      mask: mask && attentionMask(mask, this.heads ? 4 : 3),
      keyWeights: this.normalization.prepare?.(key),
    };
  }

  /** Attends to a prepared memory with queries (B, T, Dq), or with one query (B, Dq), whose results lack the axis T. */
  step(query: Tensor, memory: Memory, options: StepOptions = {}): AttentionResult {
    const { training = false, first, place, bias } = options;
    if (query.rank === 2) {
      const { context, weights } = this.step(expandDims(query, 1), memory, options);
      return { context: squeeze(context, [1]), weights: squeeze(weights, [weights.rank - 2]) };
    }
    const whole = this.extend?.(memory) ?? memory;
    const scores = this.biased(this.scores(query, whole, first, place), bias);
    const { mask, factor } = this.window?.(query, whole, first) ?? { mask: whole.mask };
    const normal = this.normalization.normalize(scores, { mask, prepared: whole.keyWeights, training });
    const weights = factor ? mul(normal, factor) : normal;
    const kept = this.dropout > 0 ? dropout(weights, this.dropout, { training }) : weights;
    return { context: this.read(kept, { ...whole, mask }, { training, first }), weights };
  }

  protected override compute(inputs: CalledInputs, { training, returnWeights }: ComputeOptions) {
    const context = returnWeights ? undefined : this.inOnePass?.(inputs, { training });
    if (context) return { context };
    const { query, key, value, bias } = inputs;
    const [length, slots] = [query.shape[1]!, key.shape[1]!];
    const first = this.firstSlot?.(length, slots);
    const mask = this.causal ? causalMask(length, slots, inputs.mask, first) : inputs.mask;
    return this.step(query, this.prepare({ key, value, mask }), { training, bias });
  }

  override emptyCache(batch: number, capacity: number): Tensor[] {
    return tidy(() => {
      // One slot tells the shapes of all.
      const [key, value] = this.keyWidths!.map((width) => zeros([batch, 1, width])) as [Tensor, Tensor];
      const { keys, values, keyWeights } = this.prepare({ key, value });
      return [keys, values, ...(keyWeights ? [keyWeights] : [])].map(({ shape }) =>
        zeros([...shape.slice(0, -2), capacity, shape.at(-1)!]),
      );
    });
  }

  override attendCached(inputs: CachedInputs): CachedResult {
    const { query, cache, position, place = position, mask, bias } = inputs;
    if (mask) checkMask('mask', mask.shape, this.cachedPairs(query, cache));
    if (bias) checkMask('bias', bias.shape, this.cachedPairs(query, cache));
    const context = inputs.inPlace ? tidy(() => this.inCache?.(inputs)) : undefined;
    if (context) return { context, cache: [...cache] };
    return tidy(() => {
      const [pastKeys, pastValues, pastWeights] = cache as [Tensor, Tensor, Tensor?];
      const capacity = pastKeys.shape.at(-2)!;
      const slots = range(0, capacity, 1, 'int32');
      const present = this.normalization.prepare?.(query);
      const memory = {
        keys: keepIn(pastKeys, this.projectKeys(query, place), position),
        values: keepIn(pastValues, this.projectValues(query), position),
        keyWeights: pastWeights && present && keepIn(pastWeights, present, position),
      };
      const rank = this.heads ? 4 : 3;
      const length = query.shape[1]!;
      const places = positionsFrom(length, position); // (B, T)
      const at = reshape(places, [-1, ...(this.heads ? [1] : []), length, 1]); // (B, T, 1) or (B, 1, T, 1)
      const past = cast(lessEqual(slots, at), 'float32'); // (B, T, C) or (B, 1, T, C)
      const allowed = maskOf(mask ? mul(attentionMask(mask, rank).allowed, past) : past);
      const result = this.step(query, { ...memory, mask: allowed }, { first: position, place, bias });
      const { keys, values, keyWeights } = memory;
      return { ...result, cache: [keys, values, ...(keyWeights ? [keyWeights] : [])] };
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), normalization: serializeLayer(this.normalization) };
  }

  /** Shape of the scores of a cached step. */
  private cachedPairs(query: Tensor, [keys]: readonly Tensor[]): number[] {
    return [query.shape[0]!, ...(this.heads ? [this.heads] : []), query.shape[1]!, keys!.shape.at(-2)!];
  }

  private biased(scores: Tensor, given: Tensor | undefined): Tensor {
    if (!given) return scores;
    const bias =
      given.rank === scores.rank ? given : scores.rank === 4 ? expandDims(given, 1) : squeeze(given, [1]);
    return add(scores, this.ownSlots > 0 ? this.longer(bias, scores.shape.at(-1)!) : bias);
  }

  /** A bias that is 0 for the attention's own slots. */
  private longer(bias: Tensor, slots: number): Tensor {
    const others = Array<number>(bias.rank - 1).fill(1);
    const whole = add(bias, zeros([...others, slots - this.ownSlots])); // (…, S), where the axis may have been 1
    return concat([whole, zeros([...whole.shape.slice(0, -1), this.ownSlots])], -1);
  }
}

/** A cache (B, …, C, K) whose slots from `position` on have what is there now, (B, …, L, K). */
function keepIn(past: Tensor, present: Tensor, position: Tensor): Tensor {
  const [capacity, length] = [past.shape.at(-2)!, present.shape.at(-2)!];
  const rank = Array<number>(past.rank - 3).fill(1);
  const slots = reshape(range(0, capacity, 1, 'int32'), [capacity, 1]);
  const places = reshape(positionsFrom(length, position), [-1, ...rank, 1, length]);
  const here = cast(equal(slots, places), 'float32'); // (B, …, C, L)
  if (length === 1) return add(mul(past, sub(1, here)), mul(present, here));
  const [batch, ...middle] = past.shape.slice(0, -2) as [number, ...number[]];
  const each = mul(here, ones([batch, ...middle, 1, 1])); // a product of matrices broadcasts none
  return add(mul(past, sub(1, sum(here, -1, true))), matMul(each, present));
}
