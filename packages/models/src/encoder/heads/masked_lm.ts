import { crossEntropy } from '@chui/layers';
import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { isGiven } from '../../family/inputs.js';
import { classLabels, type Labels } from '../../family/labels.js';
import type { Value, WireOptions } from '../../wiring.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderInputs } from '../encoder_model.js';
import { type EncoderForwardOptions, EncoderModel, type EncoderOutput } from '../encoder_model.js';
import { TokenHead } from '../token_head.js';

export interface MaskedLMInputs extends EncoderInputs {
  /** (B, T), the ids that should stand there; −100 is left out of the loss. */
  labels?: Labels | undefined;
}

export interface MaskedLMOutput extends EncoderOutput {
  /** (B, T, V). */
  logits: Tensor3D;
}

/**
 * An encoder that says which token stands at each position.
 *
 * @see Devlin et al. (2019), section 3.1, https://arxiv.org/abs/1810.04805
 */
export abstract class MaskedLM<C extends EncoderConfig = EncoderConfig> extends EncoderModel<
  C,
  MaskedLMInputs,
  MaskedLMOutput
> {
  protected override readonly labelNames = ['labels'];
  declare private head: TokenHead<C>;

  protected override makeHead(): layers.Layer[] {
    this.head = new TokenHead(this.family, this.config, this.encoder.embeddings);
    return this.head.layers;
  }

  protected override wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V> {
    return { logits: this.head.wire(states, options) };
  }

  protected override lossOf(
    { labels }: MaskedLMInputs,
    { logits }: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!isGiven(labels)) return undefined;
    const [batch, length, classes] = logits!.shape as [number, number, number];
    const ids = classLabels('labels', labels, [batch, length], { classes });
    return crossEntropy(logits!, ids, { labelSmoothing });
  }
}
