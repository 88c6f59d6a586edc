import type { Tensor } from '@tensorflow/tfjs-core';
import { Layer } from '../layer.js';
export abstract class AttentionPositions extends Layer {
  turn(x: Tensor, _first?: Tensor | number): Tensor {
    return x;
  }
  bias(_queryLength: number, _keyLength: number, _first?: Tensor | number): Tensor | undefined {
    return undefined;
  }
}
