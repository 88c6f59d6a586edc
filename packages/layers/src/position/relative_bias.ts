import { embeddingLookup } from '@chui/runtime';
import {
  abs,
  add,
  cast,
  div,
  floor,
  greater,
  less,
  log,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  scalar,
  type serialization,
  sub,
  type Tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import { type LayerArgs, positiveInteger, register, type Shapes, type Tensors } from '../layer.js';
import { biasShape } from './alibi_positions.js';
import { AttentionPositions } from './attention_positions.js';
import { distances } from './distances.js';

export interface RelativeBiasArgs extends LayerArgs {
  /** Buckets of distances. Default 32. */
  numBuckets?: number;
  /** Distance from which on all are in the last bucket. Default 128. */
  maxDistance?: number;
  /** Whether keys after the query have buckets of their own, or are all in the first one. Default true. */
  bidirectional?: boolean;
}

/**
 * T5's relative positions: adds a learned number for the head and the bucket of the distance j − i to the score of query i and
 * key j. Small distances have a bucket each, larger ones share them on a logarithmic scale.
 *
 * - as a part: `positions` of an attention with heads
 * - as a layer: queries (B, H, T, K), or [queries, keys (B, H, S, K)] → bias (1, H, T, S), to be an input `bias` of several
 *   attentions, as T5 has it
 * - weights: embeddings (numBuckets, H)
 *
 * @throws RangeError if a size is not a positive integer, maxDistance does not exceed the buckets that are exact, or numBuckets
 *   is odd and bidirectional
 * @see Raffel et al. (2020), section 2.1, https://arxiv.org/abs/1910.10683
 */
export class RelativeBias extends AttentionPositions {
  static readonly className = 'ChuiRelativeBias';
  readonly numBuckets: number;
  readonly maxDistance: number;
  readonly bidirectional: boolean;
  private embeddings!: LayerVariable;

  constructor({ numBuckets = 32, maxDistance = 128, bidirectional = true, ...args }: RelativeBiasArgs = {}) {
    super(args);
    this.numBuckets = positiveInteger('numBuckets', numBuckets);
    this.maxDistance = positiveInteger('maxDistance', maxDistance);
    this.bidirectional = bidirectional;
    const parts = bidirectional ? 4 : 2;
    if (numBuckets % parts !== 0) {
      throw new RangeError(`numBuckets must be a multiple of ${parts}, but is ${numBuckets}`);
    }
    if (maxDistance <= numBuckets / parts) {
      throw new RangeError(`maxDistance must be above ${numBuckets / parts}, but is ${maxDistance}`);
    }
  }

  override build(shapes: Shapes): void {
    const heads = biasShape(shapes)[1]!;
    this.embeddings = this.weight('embeddings', [this.numBuckets, heads], normal(1 / Math.sqrt(heads)));
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [queries, keys = queries] = [inputs].flat() as [Tensor, Tensor?];
    biasShape([queries.shape, keys.shape]);
    return this.bias(queries.shape[2]!, keys.shape[2]!);
  }

  override bias(queryLength: number, keyLength: number, first: Tensor | number = 0): Tensor {
    return tidy(() => {
      const buckets = relativeBuckets(distances(queryLength, keyLength, first), this); // (1 or B, T, S)
      const found = embeddingLookup(this.embeddings.read(), reshape(buckets, [-1, queryLength * keyLength])); // (1, T·S, H)
      const byHead = transpose(found, [0, 2, 1]);
      return reshape(byHead, [-1, found.shape[2]!, queryLength, keyLength]); // (1 or B, H, T, S)
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    return biasShape(shapes);
  }

  override getConfig(): serialization.ConfigDict {
    const { numBuckets, maxDistance, bidirectional } = this;
    return { ...super.getConfig(), numBuckets, maxDistance, bidirectional };
  }
}
register(RelativeBias);

export const relativeBias = (args: RelativeBiasArgs = {}) => new RelativeBias(args);

/** T5's buckets, int32, of distances j − i of any shape, int32. */
function relativeBuckets(
  distance: Tensor,
  {
    numBuckets,
    maxDistance,
    bidirectional,
  }: { numBuckets: number; maxDistance: number; bidirectional: boolean },
): Tensor {
  const whole = (value: number) => scalar(value, 'int32');
  const buckets = bidirectional ? numBuckets / 2 : numBuckets;
  const exact = Math.floor(buckets / 2);
  const after = bidirectional ? mul(cast(greater(distance, whole(0)), 'int32'), whole(buckets)) : whole(0);
  const apart = bidirectional ? abs(distance) : maximum(neg(distance), whole(0)); // int32
  const ratio = maximum(div(cast(apart, 'float32'), exact), 1);
  const steps = mul(div(log(ratio), Math.log(maxDistance / exact)), buckets - exact);
  const far = minimum(add(cast(floor(steps), 'int32'), whole(exact)), whole(buckets - 1));
  const near = cast(less(apart, whole(exact)), 'int32');
  return add(after, add(mul(near, apart), mul(sub(whole(1), near), far)));
}
