import { dropout as drop } from '@chui/runtime';
import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import { dropoutRate, Layer, type LayerArgs, register, type Shapes, type Tensors } from '../layer.js';

export interface DropoutArgs extends LayerArgs {
  /** Share of the entries that is set to zero in training, 0 ≤ rate < 1. */
  rate: number;
}

/**
 * Dropout: in training each entry is zero with probability `rate` and divided by 1 − rate otherwise; else x itself. Its
 * numbers come from @chui/runtime's seeded generator.
 *
 * @throws RangeError if the rate is not at least 0 and below 1.
 * @see Srivastava et al. (2014), https://jmlr.org/papers/v15/srivastava14a.html
 */
export class Dropout extends Layer {
  static readonly className = 'ChuiDropout';
  readonly rate: number;

  constructor({ rate, ...args }: DropoutArgs) {
    super(args);
    this.rate = dropoutRate('rate', rate);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return drop(x, this.rate, { training });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    return shapes;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate };
  }
}
register(Dropout);

export const dropout = (args: DropoutArgs) => new Dropout(args);
