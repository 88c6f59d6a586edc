import {
  dropout,
  EncoderBlock,
  encoderBlock,
  layerNorm,
  learnedPositions,
  tokenEmbedding,
} from '@chui/layers';
import type { Tensor } from '@tensorflow/tfjs-core';
import { input, type layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { EncoderSizes } from '../works.js';

export interface EncoderOptions {
  readonly training?: boolean;
  /** (B, T), nonzero where there is a token; without it there is one everywhere. */
  readonly mask?: Tensor;
}

/** An encoder as BERT has it, but for dropout in the blocks' hidden layers, which is as in PyTorch's blocks. */
export class Encoder {
  /** The table of embeddings, which may be read the other way too. */
  readonly embedding;
  readonly layers: readonly layers.Layer[];

  constructor({ layers, width, heads, hidden, vocabulary, positions, dropout: rate }: EncoderSizes) {
    this.embedding = tokenEmbedding({ vocabSize: vocabulary, dim: width });
    const block = () =>
      encoderBlock({ numHeads: heads, hiddenDim: hidden, activation: 'gelu', dropout: rate });
    this.layers = [
      this.embedding,
      learnedPositions({ maxLength: positions }),
      layerNorm(),
      dropout({ rate }),
      ...Array.from({ length: layers }, block),
    ];
    this.states(input({ shape: [null], dtype: 'int32' }));
  }

  /** Ids (B, T) to states (B, T, D). */
  states<V extends Tensor | SymbolicTensor>(ids: V, { mask, training = false }: EncoderOptions = {}): V {
    return this.layers.reduce((x, layer) => {
      const inputs = mask && layer instanceof EncoderBlock ? [x as Tensor, mask] : (x as Tensor);
      return layer.apply(inputs, { training }) as V;
    }, ids);
  }
}
