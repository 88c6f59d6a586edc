import { linear } from '@chui/layers';
import { reshape, slice, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import type { EncoderSizes } from '../works.js';
import { Encoder, type EncoderOptions } from './encoder.js';
import { type EncoderModel, variablesOf } from './encoder_model.js';

export const CLASSES = 2;

/** An encoder and a linear head that reads its first position. */
export class Classifier implements EncoderModel {
  readonly variables: readonly Variable[];
  private readonly encoder: Encoder;
  private readonly head = linear({ units: CLASSES });

  constructor(sizes: EncoderSizes) {
    this.encoder = new Encoder(sizes);
    this.head.apply(input({ shape: [sizes.width] }));
    this.variables = variablesOf([...this.encoder.layers, this.head]);
  }

  logits(ids: Tensor, options: EncoderOptions = {}): Tensor {
    const states = this.encoder.states(ids, options); // (B, T, D)
    const [batch, , width] = states.shape as [number, number, number];
    const first = reshape(slice(states, [0, 0, 0], [batch, 1, width]), [batch, width]); // (B, D)
    return this.head.apply(first) as Tensor; // (B, classes)
  }
}
