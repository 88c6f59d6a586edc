import { crossEntropy } from '@chui/layers';
import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { applyChain, type Value, type WireOptions } from '../../wiring.js';
import type { EncoderConfig } from '../config.js';
import { type EncoderForwardOptions, EncoderModel, type EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';
import { classLabels, type EncoderInputs, type Labels } from '../inputs.js';

export interface TokenClassificationInputs extends EncoderInputs {
  /** (B, T), the class of each token; −100 is left out of the loss. */
  labels?: Labels | undefined;
}

export interface TokenClassificationOutput extends EncoderOutput {
  /** (B, T, L) for L classes. */
  logits: Tensor3D;
}

/** An encoder that classifies each token, as for tagging. */
export abstract class TokenClassification<C extends EncoderConfig = EncoderConfig> extends EncoderModel<
  C,
  TokenClassificationInputs,
  TokenClassificationOutput
> {
  declare private head: Chain;

  protected override makeHead(): layers.Layer[] {
    this.head = this.family.tokenClassHead(this.config, this.numLabels);
    return this.head;
  }

  protected override wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V> {
    return { logits: applyChain(this.head, states, options) };
  }

  protected override lossOf(
    { labels }: TokenClassificationInputs,
    results: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!labels) return undefined;
    const logits = results.logits!;
    const [batch, length, classes] = logits.shape as [number, number, number];
    return crossEntropy(logits, classLabels('labels', labels, [batch, length], { classes }), {
      labelSmoothing,
    });
  }
}
