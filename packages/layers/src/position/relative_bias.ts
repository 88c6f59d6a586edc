import { embeddingLookup } from '@chui/runtime';
import {
  add,
  gather,
  maximum,
  minimum,
  reshape,
  scalar,
  type serialization,
  type Tensor,
  tensor1d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import { type LayerArgs, positiveInteger, register, type Shapes } from '../layer.js';
import { BiasPositions } from './bias_positions.js';
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
 * - as a part, and inputs and output as a layer: see {@link BiasPositions}; T5 shares one layer among all attentions
 * - weights: embeddings (numBuckets, H)
 *
 * @throws RangeError if a size is not a positive integer, numBuckets is odd, or no multiple of 4 if bidirectional, or
 *   maxDistance does not exceed the distances that have a bucket each
 * @see Raffel et al. (2020), section 2.1, https://arxiv.org/abs/1910.10683
 */
export class RelativeBias extends BiasPositions {
  static readonly className = 'ChuiRelativeBias';
  readonly numBuckets: number;
  readonly maxDistance: number;
  readonly bidirectional: boolean;
  private embeddings!: LayerVariable;
  private buckets!: Tensor;

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
    const heads = this.computeOutputShape(shapes)[1]!;
    this.embeddings = this.weight('embeddings', [this.numBuckets, heads], normal(1 / Math.sqrt(heads)));
    this.buckets = this.constant(tensor1d(relativeBuckets(this), 'int32')); // of −maxDistance … maxDistance
    super.build(shapes);
  }

  override bias(queryLength: number, keyLength: number, first: Tensor | number = 0): Tensor {
    return tidy(() => {
      const farthest = scalar(this.maxDistance, 'int32');
      const places = add(distances(queryLength, keyLength, first), farthest);
      const known = minimum(maximum(places, scalar(0, 'int32')), add(farthest, farthest)); // (1 or B, T, S)
      const buckets = gather(this.buckets, reshape(known, [-1, queryLength * keyLength]));
      const found = embeddingLookup(this.embeddings.read(), buckets); // (1 or B, T·S, H)
      return reshape(transpose(found, [0, 2, 1]), [-1, found.shape[2]!, queryLength, keyLength]);
    });
  }

  override getConfig(): serialization.ConfigDict {
    const { numBuckets, maxDistance, bidirectional } = this;
    return { ...super.getConfig(), numBuckets, maxDistance, bidirectional };
  }
}
register(RelativeBias);

export const relativeBias = (args: RelativeBiasArgs = {}) => new RelativeBias(args);

/** T5's buckets of the distances −maxDistance … maxDistance, beyond which they stay the same. */
function relativeBuckets({ numBuckets, maxDistance, bidirectional }: RelativeBias): number[] {
  const buckets = bidirectional ? numBuckets / 2 : numBuckets;
  const exact = buckets / 2;
  const bucketOf = (apart: number) => {
    if (apart < exact) return apart;
    const share = Math.log(apart / exact) / Math.log(maxDistance / exact);
    return Math.min(exact + Math.floor(share * (buckets - exact)), buckets - 1);
  };
  return Array.from({ length: 2 * maxDistance + 1 }, (_, place) => {
    const distance = place - maxDistance;
    if (distance <= 0) return bucketOf(-distance);
    return bidirectional ? buckets + bucketOf(distance) : 0;
  });
}
