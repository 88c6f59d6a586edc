import { concat, ones, serialization, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { Initializer } from '../layer.js';

/** First value of an LSTM's bias (4U): 1 for the forget gate, so that the cell remembers from the beginning, else 0. */
class ForgetGateOnes extends serialization.Serializable implements Initializer {
  static readonly className = 'ChuiForgetGateOnes';

  apply([size]: Shape): Tensor {
    const units = (size as number) / 4;
    return tidy(() => concat([zeros([units]), ones([units]), zeros([2 * units])])); // i, f, g and o
  }

  fromConfigUsesCustomObjects(): boolean {
    return false;
  }

  getConfig(): serialization.ConfigDict {
    return {};
  }
}

export const forgetGateOnes = (): Initializer => new ForgetGateOnes();
