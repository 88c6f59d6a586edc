import { dropout } from '@chui/runtime';
import { mul, type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
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

/** Options of `GatedFeedForward`. */
export interface GatedFeedForwardArgs extends LayerArgs {
  /** Width of the hidden layer. */
  hiddenDim: number;
  /** Of the gate: `silu` is SwiGLU, the default; `gelu` GEGLU, `relu` ReGLU, `sigmoid` GLU, `linear` a bilinear layer. */
  activation?: Activation;
  /** Share of the hidden layer that is dropped in training. Default 0. */
  dropout?: number;
  /** Whether there are biases. Default false. */
  useBias?: boolean;
}

/**
 * Gated position-wise network: dropout(act(x · W_gate) ⊙ (x · W_up)) · W_down.
 *
 * - input: x (…, D)
 * - output: (…, D)
 * - weights: `gate/kernel` W_gate (D, hiddenDim), `up/kernel` W_up, `down/kernel` W_down (hiddenDim, D), and `gate/bias`,
 *   `up/bias`, `down/bias`; gate_proj, up_proj and down_proj of Hugging Face's Llama; W, V and W₂ of the paper
 *
 * With a hidden layer of ⅔ the width it has as many weights as `FeedForward`.
 *
 * @throws RangeError if hiddenDim is not a positive integer, the activation is unknown, or dropout is not in [0, 1).
 * @see Shazeer (2020), https://arxiv.org/abs/2002.05202
 */
export class GatedFeedForward extends Layer {
  static readonly className = 'ChuiGatedFeedForward';
  readonly hiddenDim: number;
  readonly activation: Activation;
  readonly dropout: number;
  readonly useBias: boolean;
  private readonly act: (x: Tensor) => Tensor;
  private readonly gate: Linear;
  private readonly up: Linear;
  private down!: Linear;

  constructor({
    hiddenDim,
    activation: name = 'silu',
    dropout: rate = 0,
    useBias = false,
    ...args
  }: GatedFeedForwardArgs) {
    super(args);
    this.hiddenDim = positiveInteger('hiddenDim', hiddenDim);
    this.activation = name;
    this.act = activation(name);
    this.dropout = dropoutRate('dropout', rate);
    this.useBias = useBias;
    this.gate = this.own('gate', new Linear({ units: hiddenDim, useBias }));
    this.up = this.own('up', new Linear({ units: hiddenDim, useBias }));
  }

  override build(shapes: Shapes): void {
    const shape = shapes as Shape;
    this.down = this.own('down', new Linear({ units: shape.at(-1)!, useBias: this.useBias }));
    for (const part of [this.gate, this.up]) this.buildOwned(part, shape);
    this.buildOwned(this.down, [...shape.slice(0, -1), this.hiddenDim]);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return tidy(() => {
      const hidden = mul(this.act(this.gate.call(x)), this.up.call(x)); // (…, hiddenDim)
      return this.down.call(dropout(hidden, this.dropout, { training })); // (…, D)
    });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    return shapes;
  }

  override getConfig(): serialization.ConfigDict {
    const { hiddenDim, activation, dropout, useBias } = this;
    return { ...super.getConfig(), hiddenDim, activation, dropout, useBias };
  }
}
register(GatedFeedForward);

/** @see GatedFeedForward */
export const gatedFeedForward = (args: GatedFeedForwardArgs) => new GatedFeedForward(args);
