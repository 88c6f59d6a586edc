import { Linear } from '@chui/layers';
import {
  add,
  cast,
  div,
  maximum,
  mul,
  neg,
  ones,
  reshape,
  type Scalar,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { isGiven } from '../../family/inputs.js';
import { type Labels, numberLabels } from '../../family/labels.js';
import { maskTensor } from '../../ids.js';
import { ChainModel } from '../chain_model.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderInputs, EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';

export interface ReplacedTokenInputs extends EncoderInputs {
  /** (B, T), 1 where a token was replaced and 0 where it was not. */
  labels?: Labels | undefined;
}

export interface ReplacedTokenOutput extends EncoderOutput {
  /** (B, T), above 0 where a token seems replaced. */
  logits: Tensor2D;
}

/**
 * An encoder that tells tokens that were replaced from those that were not. The loss is the mean binary cross-entropy of the
 * tokens that are no padding.
 *
 * @see Clark et al. (2020), section 2, https://arxiv.org/abs/2003.10555
 */
export abstract class ReplacedToken<C extends EncoderConfig = EncoderConfig> extends ChainModel<
  C,
  ReplacedTokenInputs,
  ReplacedTokenOutput
> {
  protected override readonly labelNames = ['labels'];

  protected override makeChain(): Chain {
    const { width: units, activation } = this.sizes;
    return [
      new Linear({ name: 'replaced_dense', units, activation }),
      new Linear({ name: 'replaced', units: 1 }),
    ];
  }

  protected override shaped({ logits }: Record<string, Tensor>): Record<string, Tensor> {
    return { logits: reshape(logits!, logits!.shape.slice(0, 2)) };
  }

  protected override lossOf(
    { labels, attentionMask }: ReplacedTokenInputs,
    results: Record<string, Tensor>,
  ): Scalar | undefined {
    if (!isGiven(labels)) return undefined;
    const logits = results.logits!;
    const y = numberLabels('labels', labels, logits.shape);
    const counts = isGiven(attentionMask)
      ? cast(maskTensor('attentionMask', attentionMask), 'float32')
      : ones(logits.shape);
    // −y log σ(x) − (1 − y) log(1 − σ(x))
    const losses = add(mul(sub(1, y), logits), softplus(neg(logits)));
    return div(sum(mul(losses, counts)), maximum(sum(counts), 1)) as Scalar;
  }
}
