import { dropout } from '@chui/runtime';
import { type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  dropoutRate,
  Layer,
  type LayerArgs,
  positiveInteger,
  register,
  type Shapes,
  type Tensors,
} from '../layer.js';
import { type Activation, activation } from '../ops/activation.js';
import { Linear } from './linear.js';

/** Options of `FeedForward`. */
export interface FeedForwardArgs extends LayerArgs {
  /** Width of the hidden layer. */
  hiddenDim: number;
  /** Default `relu`. */
  activation?: Activation;
  /** Share of the hidden layer that is dropped in training. Default 0. */
  dropout?: number;
}

/**
 * The Transformer's position-wise network: dropout(act(x · W₁ + b₁)) · W₂ + b₂.
 *
 * - input: x (…, D)
 * - output: (…, D)
 * - weights: `hidden/kernel` W₁, `hidden/bias` b₁, `output/kernel` W₂, `output/bias` b₂; PyTorch's linear1 and linear2
 *
 * @throws RangeError if hiddenDim is not a positive integer, the activation is unknown, or dropout is not in [0, 1).
 * @see Vaswani et al. (2017), section 3.3, https://arxiv.org/abs/1706.03762
 */
export class FeedForward extends Layer {
  static readonly className = 'ChuiFeedForward';
  readonly hiddenDim: number;
  readonly activation: Activation;
  readonly dropout: number;
  private readonly act: (x: Tensor) => Tensor;
  private readonly hidden: Linear;
  private projection!: Linear;

  constructor({ hiddenDim, activation: name = 'relu', dropout: rate = 0, ...args }: FeedForwardArgs) {
    super(args);
    this.hiddenDim = positiveInteger('hiddenDim', hiddenDim);
    this.activation = name;
    this.act = activation(name);
    this.dropout = dropoutRate('dropout', rate);
    this.hidden = this.own('hidden', new Linear({ units: hiddenDim }));
  }

  override build(shapes: Shapes): void {
    const shape = shapes as Shape;
    this.projection = this.own('output', new Linear({ units: shape.at(-1)! }));
    this.buildOwned(this.hidden, shape);
    this.buildOwned(this.projection, [...shape.slice(0, -1), this.hiddenDim]);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return tidy(() => {
      const hidden = this.act(this.hidden.call(x)); // (…, hiddenDim)
      return this.projection.call(dropout(hidden, this.dropout, { training })); // (…, D)
    });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    return shapes;
  }

  override getConfig(): serialization.ConfigDict {
    const { hiddenDim, activation, dropout } = this;
    return { ...super.getConfig(), hiddenDim, activation, dropout };
  }
}
register(FeedForward);

/** @see FeedForward */
export const feedForward = (args: FeedForwardArgs) => new FeedForward(args);
