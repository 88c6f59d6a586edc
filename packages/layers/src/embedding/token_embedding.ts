import { embeddingLookup } from '@chui/runtime';
import { cast, mul, notEqual, type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import {
  Layer,
  type LayerArgs,
  positiveInteger,
  register,
  type Shapes,
  shapeList,
  type Tensors,
} from '../layer.js';
import { dropGradient } from '../ops/drop_gradient.js';
import { linear } from '../ops/linear.js';

export interface TokenEmbeddingArgs extends LayerArgs {
  /** Number V of tokens. */
  vocabSize: number;
  /** Width D of an embedding. */
  dim: number;
  /** Token whose embedding learns nothing from being looked up. */
  padTokenId?: number;
  /** Factor of the embeddings, such as √D; it does not bear on logits. */
  scale?: number;
}

/**
 * One table E of token embeddings, read both ways, as the rank of the input says:
 *
 * - ids (B, T), int32 → embeddings scale · E[id] (B, T, D)
 * - states x (B, T, D) → logits x Eᵀ (B, T, V)
 * - weights: embeddings E (V, D), at first normal with deviation 1/√D
 *
 * @throws RangeError if an option is out of its range, or the input is neither (B, T) nor (B, T, D)
 * @see Press and Wolf (2017), https://arxiv.org/abs/1608.05859, for the tied use
 */
export class TokenEmbedding extends Layer {
  static readonly className = 'ChuiTokenEmbedding';
  readonly vocabSize: number;
  readonly dim: number;
  readonly padTokenId?: number;
  readonly scale: number;
  private embeddings!: LayerVariable;

  constructor({ vocabSize, dim, padTokenId, scale = 1, ...args }: TokenEmbeddingArgs) {
    super(args);
    this.vocabSize = positiveInteger('vocabSize', vocabSize);
    this.dim = positiveInteger('dim', dim);
    if (!Number.isFinite(scale)) throw new RangeError(`scale must be finite, but is ${scale}`);
    this.scale = scale;
    if (padTokenId === undefined) return;
    if (!Number.isInteger(padTokenId) || padTokenId < 0 || padTokenId >= vocabSize) {
      throw new RangeError(`padTokenId must be an id below vocabSize ${vocabSize}, but is ${padTokenId}`);
    }
    this.padTokenId = padTokenId;
  }

  override build(shapes: Shapes): void {
    this.computeOutputShape(shapes);
    this.embeddings = this.weight('embeddings', [this.vocabSize, this.dim], normal(1 / Math.sqrt(this.dim)));
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return tidy(() => {
      if (x.rank === 3) return linear(x, this.embeddings.read(), undefined, { transposed: true }); // (B, T, V)
      const ids = cast(x, 'int32');
      const found = embeddingLookup(this.embeddings.read(), ids); // (B, T, D)
      const rows =
        this.padTokenId === undefined ? found : dropGradient(found, notEqual(ids, this.padTokenId));
      return this.scale === 1 ? rows : mul(rows, this.scale);
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const shape = shapeList(shapes)[0]!;
    if (shape.length === 2) return [...shape, this.dim];
    if (shape.length === 3 && shape[2] === this.dim) return [...shape.slice(0, 2), this.vocabSize];
    throw new RangeError(`input must be ids (B, T) or states (B, T, ${this.dim}), but has shape [${shape}]`);
  }

  override getConfig(): serialization.ConfigDict {
    const { vocabSize, dim, padTokenId, scale } = this;
    return { ...super.getConfig(), vocabSize, dim, scale, ...(padTokenId !== undefined && { padTokenId }) };
  }
}
register(TokenEmbedding);

export const tokenEmbedding = (args: TokenEmbeddingArgs) => new TokenEmbedding(args);
