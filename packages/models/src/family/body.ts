import type { layers } from '@tensorflow/tfjs-layers';
import type { Value, WireOptions } from '../wiring.js';

/** What a body reads: (B, T) each; ids, or on tensors vectors in the place of their embeddings. */
export interface BodyInputs<V> {
  inputIds?: V | undefined;
  /** (B, T, E). */
  inputsEmbeds?: V | undefined;
  /** Or of pairs, (B, T, T), on tensors; tokens see all others where it is left out. */
  attentionMask?: V | undefined;
  /** Where there are segments. */
  tokenTypeIds?: V | undefined;
  /** On tensors; by default from 0 on. */
  positionIds?: V | undefined;
}

/** What it makes of it. */
export interface BodyOutputs<V> {
  /** (B, T, D) each: the embeddings, and the states after each layer; heads read the last ones. */
  hiddenStates: V[];
  /** (B, H, T, T) each, where they are asked for. */
  attentions: V[];
}

/** What a model is without its head. */
export interface Body {
  readonly layers: readonly layers.Layer[];
  /** @param options.returnWeights whether attention weights are put out, on tensors */
  wire<V extends Value>(
    inputs: BodyInputs<V>,
    options: WireOptions & { returnWeights?: boolean },
  ): BodyOutputs<V>;
}
