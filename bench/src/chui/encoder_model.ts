import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

/** An encoder with a head. */
export interface EncoderModel {
  /** Ids (B, T) to logits: (B, classes), or (B, T, V). */
  logits(ids: Tensor, options?: { training?: boolean }): Tensor;
  /** All of them are trained. */
  readonly variables: readonly Variable[];
}

export const variablesOf = (owners: readonly layers.Layer[]): Variable[] =>
  owners.flatMap((layer) => layer.trainableWeights.map((weight) => weight.read() as Variable));
