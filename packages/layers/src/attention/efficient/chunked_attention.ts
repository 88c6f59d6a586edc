import type { serialization } from '@tensorflow/tfjs-core';
import { positiveInteger, register } from '../../layer.js';
import { attendInChunks } from '../../ops/attend_in_chunks.js';
import { attentionMask } from '../../ops/mask.js';
import type { CalledInputs } from '../attention.js';
import { HeadedAttention, type HeadedAttentionArgs, type HeadReading } from '../headed_attention.js';
import type { AttentionTraits } from '../traits.js';

export interface ChunkedAttentionArgs extends HeadedAttentionArgs {
  /** Queries whose weights are held at once, where no op of the backend does it. Default 128. */
  chunkLength?: number;
}

/**
 * Chunked attention: multi-head attention, exactly, in memory that does not grow with T·S: the weights of some queries are
 * held at a time, and are computed again for the gradient.
 *
 * - inputs, masks and outputs: see {@link Attention} and `MultiHeadAttention`
 * - weights: see {@link HeadProjections}
 *
 * The native backend does so in one op on processors that have it; elsewhere chunks run one after the other. A bias,
 * positions that add to scores, another normalization than softmax, and `returnWeights` ask for all pairs, and take the memory
 * of multi-head attention.
 *
 * @throws RangeError if chunkLength is not a positive integer, or there is dropout, whose mask would have to be held
 * @see Rabe and Staats (2021), https://arxiv.org/abs/2112.05682; Dao et al. (2022), https://arxiv.org/abs/2205.14135
 */
export class ChunkedAttention extends HeadedAttention {
  static readonly className = 'ChuiChunkedAttention';
  static readonly traits: AttentionTraits = {
    formula: '[head₁ … head_H] W_O, head_h = softmax(Q_h K_hᵀ / √K) V_h',
    paper: { authors: 'Rabe and Staats', year: 2021, url: 'https://arxiv.org/abs/2112.05682' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + (T + S)·D²',
    memory: 'c·S + T·D',
  };
  readonly chunkLength: number;

  constructor({ chunkLength = 128, ...args }: ChunkedAttentionArgs) {
    super(args);
    this.chunkLength = positiveInteger('chunkLength', chunkLength);
    if (this.dropout > 0) {
      throw new RangeError(`dropout must be 0 for chunked attention, but is ${this.dropout}`);
    }
  }

  protected override inParts(inputs: CalledInputs, options: { training: boolean }): HeadReading | undefined {
    const { query, key, value, mask, bias } = inputs;
    const fused = this.fused(inputs, options);
    if (fused || !this.isPlain(bias)) return fused;
    const heads = attendInChunks(
      this.projectQueries(query),
      this.projectKeys(key),
      this.projectValues(value),
      {
        chunkLength: this.chunkLength,
        causal: this.causal,
        allowed: mask && attentionMask(mask, 4).allowed,
      },
    );
    const attends = mask && this.attendsUnder(mask, query.shape[1]!, key.shape[1]!);
    return { heads: this.projections.beside(heads), attends };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), chunkLength: this.chunkLength };
  }
}
register(ChunkedAttention);

export const chunkedAttention = (args: ChunkedAttentionArgs) => new ChunkedAttention(args);
