import { crossEntropy } from '@chui/layers';
import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { isGiven } from '../../family/inputs.js';
import { classLabels, type Labels } from '../../family/labels.js';
import { ChainModel } from '../chain_model.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderForwardOptions, EncoderInputs, EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';

export interface TokenClassificationInputs extends EncoderInputs {
  /** (B, T), the class of each token; −100 is left out of the loss. */
  labels?: Labels | undefined;
}

export interface TokenClassificationOutput extends EncoderOutput {
  /** (B, T, L) for L classes. */
  logits: Tensor3D;
}

/** An encoder that classifies each token, as for tagging. */
export abstract class TokenClassification<C extends EncoderConfig = EncoderConfig> extends ChainModel<
  C,
  TokenClassificationInputs,
  TokenClassificationOutput
> {
  protected override readonly labelNames = ['labels'];

  protected override makeChain(): Chain {
    return this.family.tokenClassHead(this.config, this.numLabels);
  }

  protected override lossOf(
    { labels }: TokenClassificationInputs,
    results: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!isGiven(labels)) return undefined;
    const logits = results.logits!;
    const [batch, length, classes] = logits.shape as [number, number, number];
    return crossEntropy(logits, classLabels('labels', labels, [batch, length], { classes }), {
      labelSmoothing,
    });
  }
}
