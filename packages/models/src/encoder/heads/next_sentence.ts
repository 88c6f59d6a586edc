import { crossEntropy, Linear } from '@chui/layers';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { isGiven } from '../../family/inputs.js';
import { classLabels, type Labels } from '../../family/labels.js';
import { ChainModel } from '../chain_model.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderForwardOptions, EncoderInputs, EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';

export interface NextSentenceInputs extends EncoderInputs {
  /** (B), 0 where the second text follows the first, 1 where it does not. */
  labels?: Labels | undefined;
}

export interface NextSentenceOutput extends EncoderOutput {
  /** (B, 2). */
  logits: Tensor2D;
}

/** Layers from states to whether a text follows another. */
export const nextSentenceHead = (pooler: Chain): Chain => [
  ...pooler,
  new Linear({ name: 'next_sentence', units: 2 }),
];

/** An encoder that says whether the second of two texts follows the first. */
export abstract class NextSentence<C extends EncoderConfig = EncoderConfig> extends ChainModel<
  C,
  NextSentenceInputs,
  NextSentenceOutput
> {
  protected override readonly labelNames = ['labels'];

  protected override makeChain(): Chain {
    return nextSentenceHead(this.family.pooler(this.config));
  }

  protected override lossOf(
    { labels }: NextSentenceInputs,
    { logits }: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!isGiven(labels)) return undefined;
    const ids = classLabels('labels', labels, [logits!.shape[0]!], { classes: 2 });
    return crossEntropy(logits!, ids, { labelSmoothing });
  }
}
