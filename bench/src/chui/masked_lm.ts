import { layerNorm, linear } from '@chui/layers';
import { gelu } from '@chui/runtime';
import { add, type Tensor, type Variable, variable, zeros } from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import type { EncoderSizes } from '../works.js';
import { Encoder } from './encoder.js';
import { type EncoderModel, variablesOf } from './encoder_model.js';

/** An encoder and BERT's masked-LM head: dense, GELU, norm, then the embeddings read the other way, and a bias. */
export class MaskedLm implements EncoderModel {
  readonly variables: readonly Variable[];
  private readonly encoder: Encoder;
  private readonly dense;
  private readonly norm = layerNorm();
  private readonly bias: Variable;

  constructor(sizes: EncoderSizes) {
    this.encoder = new Encoder(sizes);
    this.dense = linear({ units: sizes.width });
    for (const layer of [this.dense, this.norm]) layer.apply(input({ shape: [null, sizes.width] }));
    this.bias = variable(zeros([sizes.vocabulary]));
    this.variables = [...variablesOf([...this.encoder.layers, this.dense, this.norm]), this.bias];
  }

  logits(ids: Tensor, options: { training?: boolean } = {}): Tensor {
    const dense = this.dense.apply(this.encoder.states(ids, options)) as Tensor; // (B, T, D)
    const read = this.norm.apply(gelu(dense)) as Tensor;
    return add(this.encoder.embedding.apply(read) as Tensor, this.bias); // (B, T, V)
  }
}
