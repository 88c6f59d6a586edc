import { dropout, embeddingLookup } from '@chui/runtime';
import {
  add,
  cast,
  cumsum,
  mul,
  notEqual,
  reshape,
  scalar,
  type serialization,
  slice,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import {
  dropoutRate,
  Layer,
  type LayerArgs,
  partOf,
  positiveInteger,
  register,
  type Shapes,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';
import { LayerNorm } from '../norm/layer_norm.js';
import { LearnedPositions } from '../position/learned_positions.js';
import { checkLength, Positions } from '../position/positions.js';
import { TokenEmbedding } from './token_embedding.js';

export interface TokenAndPositionEmbeddingArgs extends LayerArgs {
  /** Number V of tokens. */
  vocabSize: number;
  /** Width D. */
  dim: number;
  /** Longest sequence, of positions that are not given. */
  maxLength?: number;
  /** Positions in the place of learned ones, such as `SinusoidalPositions`. */
  positions?: Positions | serialization.ConfigDict;
  /** Kinds of segments, as of a first and a second text; without it there are none. */
  numSegments?: number;
  /** Token whose embedding learns nothing from being looked up. */
  padTokenId?: number;
  /**
   * Whether positions count the tokens that are not `padTokenId`, from padTokenId + 1 on, and that of a padding is padTokenId, a
   * row that learns nothing, as in RoBERTa. maxLength has these rows too: it is N for sequences of N − padTokenId − 1.
   */
  padPositions?: boolean;
  /** Whether the sum is normalised. Default true. */
  useNorm?: boolean;
  /** Added to the variance by the norm. Default 1e-12, as in BERT. */
  epsilon?: number;
  /** Share of the entries that is dropped in training. Default 0. */
  dropout?: number;
}

/** What `TokenAndPositionEmbedding.embed` takes: ids, or vectors in their place. */
export type EmbedInputs = ({ ids: Tensor; vectors?: undefined } | { ids?: undefined; vectors: Tensor }) & {
  /** (B, T), int32. */
  segments?: Tensor | undefined;
  /** As `Positions` takes them. */
  positions?: Tensor | undefined;
  training?: boolean;
};

/**
 * What BERT reads: dropout(norm(E[id] + P[position] + G[segment])).
 *
 * - inputs: ids (B, T), int32, or [ids, segments (B, T)], int32, of which 0 stands for all where they are left out, or
 *   [ids, segments, position] with the position of the first column, or of each, as `Positions` takes it
 * - output: (B, T, D)
 * - or states x (B, T, D) → logits x Eᵀ (B, T, V), as `TokenEmbedding` reads its table
 * - weights: `tokens/embeddings` E (V, D), `positions/embeddings` P, `segment_embeddings` G (numSegments, D), `norm/gamma`,
 *   `norm/beta`; all tables at first normal with deviation 0.02, but E with 1/√D
 *
 * @throws RangeError if an option is out of its range, segments are given where there are none, or a sequence is longer than
 *   maxLength
 * @see Devlin et al. (2019), section 3, https://arxiv.org/abs/1810.04805; BertEmbeddings in Hugging Face's library
 */
export class TokenAndPositionEmbedding extends Layer {
  static readonly className = 'ChuiTokenAndPositionEmbedding';
  readonly dim: number;
  readonly numSegments: number;
  readonly dropout: number;
  readonly tokens: TokenEmbedding;
  readonly positions: Positions;
  readonly padPositions: boolean;
  private readonly norm?: LayerNorm;
  private readonly useNorm: boolean;
  private readonly epsilon: number;
  private segments?: LayerVariable;

  constructor({
    vocabSize,
    dim,
    maxLength,
    positions,
    numSegments = 0,
    padTokenId,
    padPositions = false,
    useNorm = true,
    epsilon = 1e-12,
    dropout: rate = 0,
    ...args
  }: TokenAndPositionEmbeddingArgs) {
    super(args);
    this.dim = dim;
    this.tokens = this.own(
      'tokens',
      new TokenEmbedding({ vocabSize, dim, ...(padTokenId !== undefined && { padTokenId }) }),
    );
    if (positions === undefined && maxLength === undefined) {
      throw new RangeError('maxLength must be given where positions are not');
    }
    if (padPositions && (positions !== undefined || padTokenId === undefined)) {
      throw new RangeError('padPositions must go with padTokenId and without positions, but does not');
    }
    this.padPositions = padPositions;
    const padding = padPositions ? { paddingRow: padTokenId! } : {};
    const part = positions ?? new LearnedPositions({ maxLength: maxLength!, ...padding });
    this.positions = this.own('positions', partOf('positions', part, 'positions that are added', Positions));
    this.numSegments = numSegments === 0 ? 0 : positiveInteger('numSegments', numSegments);
    this.useNorm = useNorm;
    this.epsilon = epsilon;
    if (useNorm) this.norm = this.own('norm', new LayerNorm({ epsilon }));
    this.dropout = dropoutRate('dropout', rate);
  }

  override build(shapes: Shapes): void {
    const [ids] = shapeList(shapes) as [Shape];
    const states = this.computeOutputShape(shapes);
    this.buildOwned(this.tokens, ids);
    this.buildOwned(this.positions, states);
    if (this.norm) this.buildOwned(this.norm, states);
    if (this.numSegments > 0) {
      this.segments = this.weight('segment_embeddings', [this.numSegments, this.dim], normal(0.02));
    }
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    const [ids, segments, position] = [inputs].flat() as [Tensor, Tensor?, Tensor?];
    this.computeOutputShape([inputs].flat().map(({ shape }) => shape));
    if (ids.rank === 3) return this.tokens.call(ids);
    return this.embed({ ids, segments, positions: position, training });
  }

  /**
   * The same of ids (B, T), or of vectors (B, T, D) in the place of their embeddings. Vectors have no padding: with
   * `padPositions` theirs are padTokenId + 1, padTokenId + 2, …
   */
  embed({ ids, vectors, segments, positions, training = false }: EmbedInputs): Tensor {
    return tidy(() => {
      const found = vectors ?? this.tokens.call(ids);
      const places = positions ?? (this.padPositions ? this.placesOf(ids ?? vectors) : undefined);
      const placed = this.positions.call(places ? [found, places] : found); // (B, T, D)
      const whole = this.segments ? add(placed, this.segmentsOf(segments)) : placed;
      const normal = this.norm ? this.norm.call(whole) : whole;
      return dropout(normal, this.dropout, { training });
    });
  }

  /** Ids (B, T) → (B, T); vectors (B, T, D) → (1), the position of the first. */
  private placesOf(ids: Tensor): Tensor {
    const pad = scalar(this.tokens.padTokenId!, 'int32');
    if (ids.rank === 3) {
      this.checkRoom(ids.shape[1]!);
      return reshape(add(pad, scalar(1, 'int32')), [1]);
    }
    const isToken = cast(notEqual(cast(ids, 'int32'), pad), 'int32');
    return add(mul(cumsum(isToken, 1), isToken), pad);
  }

  private segmentsOf(segments: Tensor | undefined): Tensor {
    const table = this.segments!.read();
    return segments ? embeddingLookup(table, cast(segments, 'int32')) : slice(table, [0, 0], [1, this.dim]);
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const [ids, segments] = shapeList(shapes) as [Shape, Shape?];
    if (ids.length === 3) return this.tokens.computeOutputShape(ids);
    if (ids.length !== 2)
      throw new RangeError(`ids must be of rank 2 (batch, length), but have shape [${ids}]`);
    if (segments && this.numSegments === 0) {
      throw new RangeError('segments must be left out where numSegments is 0, but are given');
    }
    if (this.padPositions) this.checkRoom(ids[1]!);
    return [...ids, this.dim];
  }

  /** @throws RangeError if there are more tokens than positions beside those of the padding. */
  private checkRoom(length: number | null): void {
    const { maxLength } = this.positions;
    const { padTokenId = 0 } = this.tokens;
    checkLength('length', length, 'maxLength - padTokenId - 1, which is', maxLength - padTokenId - 1);
  }

  override getConfig(): serialization.ConfigDict {
    const { dim, numSegments, padPositions, useNorm, epsilon, dropout } = this;
    const { vocabSize, padTokenId } = this.tokens;
    return {
      ...super.getConfig(),
      ...{ vocabSize, dim, numSegments, useNorm, epsilon, dropout },
      ...(padTokenId !== undefined && { padTokenId }),
      ...(padPositions
        ? { padPositions, maxLength: this.positions.maxLength }
        : { positions: serializeLayer(this.positions) }),
    };
  }
}
register(TokenAndPositionEmbedding);

export const tokenAndPositionEmbedding = (args: TokenAndPositionEmbeddingArgs) =>
  new TokenAndPositionEmbedding(args);
