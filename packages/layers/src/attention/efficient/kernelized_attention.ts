import {
  add,
  cast,
  concat,
  cumsum,
  div,
  equal,
  exp,
  expandDims,
  fill,
  less,
  matMul,
  maximum,
  minimum,
  mul,
  ones,
  pad,
  range,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { withoutGradient } from '../../ops/without_gradient.js';
import type { CachedInputs, CachedResult } from '../attention.js';
import { slotsOf } from '../slots.js';
import { flags, inBlocks } from './blocks.js';
import { EfficientAttention, type EfficientAttentionArgs, type HeadOperands } from './efficient_attention.js';

/** Features of keys: e^shift · features are φ(k). */
export interface KeyFeatures {
  /** (B, H, S, M), at least 0 */
  features: Tensor;
  /** (B, H, 1, 1), through which no gradient goes; 0 if left out. */
  shift?: Tensor;
}

/** Queries whose pairs are scored at once when they may see the past only. */
const chunk = 64;
/** The shift of a sum that has nothing. */
const nothingYet = -1e30;
/** Sums of weights below it are 0. */
const leastTotal = 1e-30;

/**
 * Base of the attentions whose weights are φ(q)·φ(k) / Σ φ(q)·φ(k), so that Σ φ(k) vᵀ is made once for all queries. A causal one
 * keeps a sum of the past: it decodes step by step in time that does not grow with the sequence.
 *
 * Inputs and outputs are those of {@link EfficientAttention}. A cached step has no weights, and of a mask reads whether this
 * position's own slot may be seen, then and later.
 *
 * @throws RangeError if there is dropout, which has no weights to drop
 */
export abstract class KernelizedAttention extends EfficientAttention {
  constructor(args: EfficientAttentionArgs) {
    super(args);
    if (this.dropout > 0) {
      throw new RangeError(
        `dropout must be 0 for ${this.getClassName()}, which has no weights to drop, but is ${this.dropout}`,
      );
    }
  }

  /** M */
  protected abstract featureCount(): number;
  /** φ(q) by any factor for each query: (B, H, T, K) → (B, H, T, M). */
  protected abstract queryFeatures(queries: Tensor): Tensor;
  /** φ(k) by any factor for each head of each sequence: (B, H, S, K) → (B, H, S, M). */
  protected abstract keyFeatures(keys: Tensor, slots?: Tensor): KeyFeatures;

  protected override attendHeads({ queries, keys, values, slots }: HeadOperands): Tensor {
    const seen = slots && reshape(slots, [slots.shape[0]!, 1, slots.shape[1]!, 1]);
    const asked = this.queryFeatures(queries); // (B, H, T, M)
    const { features } = this.keyFeatures(keys, seen);
    const found = seen ? mul(features, seen) : features; // (B, H, S, M)
    const read = withCount(values); // (B, H, S, V + 1)
    return shares(
      this.causal ? readPast(asked, found, read) : matMul(asked, matMul(found, read, true, false)),
    );
  }

  override emptyCache(batch: number, _capacity: number): Tensor[] {
    const { numHeads, valueDim } = this.projections;
    return [
      zeros([batch, numHeads, this.featureCount(), valueDim + 1]), // Σ φ(k) [v, 1]
      fill([batch, numHeads, 1, 1], nothingYet), // the shift of that sum
      zeros([batch, 1, 1]), // slots that it has
    ];
  }

  override attendCached(inputs: CachedInputs): CachedResult {
    const { query, cache, position, place = position, mask, bias } = inputs;
    const name = this.getClassName();
    if (bias) throw new RangeError(`bias must be left out of ${name}, but has shape [${bias.shape}]`);
    return tidy(() => {
      const [state, past, count] = cache as [Tensor, Tensor, Tensor];
      const own = mask ? slotAt(slotsOf(mask), position) : ones([1, 1, 1]); // (B, 1, 1)
      const asked = this.queryFeatures(this.turned(this.projections.queries(query), place)); // (B, H, 1, M)
      const { features, shift = zeros([1, 1, 1, 1]) } = this.keyFeatures(
        this.turned(this.projections.keys(query), place),
      );
      const found = mul(features, expandDims(own, 1));
      const present = matMul(found, withCount(this.projections.values(query)), true, false);
      const highest = maximum(shift, past);
      const whole = add(mul(state, exp(sub(past, highest))), mul(present, exp(sub(shift, highest))));
      const seen = add(count, own);
      const heads = shares(matMul(asked, whole)); // (B, H, 1, V)
      const context = this.projections.project(this.projections.beside(heads), minimum(seen, 1));
      return { context, cache: [whole, highest, seen] };
    });
  }
}

/** Values with a 1 behind them, whose sum is that of the weights: (…, V) → (…, V + 1). */
const withCount = (values: Tensor): Tensor =>
  concat([values, ones([...values.shape.slice(0, -1), 1])], values.rank - 1);

/** Sums of values by the sum of their weights, which stands behind them: (…, V + 1) → (…, V); zeros where that is 0. */
export function shares(sums: Tensor): Tensor {
  const width = sums.shape.at(-1)! - 1;
  const part = (begin: number, size: number) =>
    slice(sums, [...sums.shape.slice(1).fill(0), begin], [...sums.shape.slice(1).fill(-1), size]);
  const [read, total] = [part(0, width), part(width, 1)];
  // Both are brought near 1 first: the gradient of a quotient squares its divisor.
  const none = withoutGradient(total, (x) => cast(less(x, leastTotal), 'float32'));
  const factor = withoutGradient(total, (x) =>
    div(cast(less(leastTotal, x), 'float32'), maximum(x, leastTotal)),
  );
  return div(mul(read, factor), add(mul(total, factor), none));
}

/** Σ over j ≤ i of (asked_i · found_j) read_j: of (B, H, T, M), (B, H, S, M) and (B, H, S, W), (B, H, T, W). */
function readPast(asked: Tensor, found: Tensor, read: Tensor): Tensor {
  const [batch, heads, length, width] = [...asked.shape.slice(0, 3), read.shape[3]] as [
    number,
    number,
    number,
    number,
  ];
  /** (B, H, L, W) → (N, n, c, W), of the first T slots. */
  const chunks = (x: Tensor) => {
    const slots = Math.min(length, x.shape[2]!);
    const folded = slice(reshape(x, [batch * heads, -1, x.shape[3]!]), [0, 0, 0], [-1, slots, -1]);
    return inBlocks(
      pad(folded, [
        [0, 0],
        [0, length - slots],
        [0, 0],
      ]),
      chunk,
    );
  };
  const [q, k, v] = [chunks(asked), chunks(found), chunks(read)] as [Tensor, Tensor, Tensor];
  const sums = matMul(k, v, true, false); // (N, n, M, W)
  const byChunk = transpose(reshape(sums, [...sums.shape.slice(0, 2), -1]), [0, 2, 1]);
  // tfjs has the gradient of cumsum right for the last axis only.
  const before = reshape(transpose(cumsum(byChunk, 2, true), [0, 2, 1]), sums.shape);
  const own = mul(
    matMul(q, k, false, true),
    flags(chunk, chunk, (i, j) => j <= i),
  ); // (N, n, c, c)
  const whole = reshape(add(matMul(q, before), matMul(own, v)), [batch * heads, -1, width]);
  return reshape(slice(whole, [0, 0, 0], [-1, length, -1]), [batch, heads, length, width]);
}

/** What a mask (B, C) says of a position: (B, 1, 1). */
function slotAt(slots: Tensor, position: Tensor): Tensor {
  const places = range(0, slots.shape[1]!, 1, 'int32');
  const here = cast(equal(places, reshape(position, [-1, 1])), 'float32'); // (B, C)
  return expandDims(sum(mul(slots, here), 1, true), -1);
}
