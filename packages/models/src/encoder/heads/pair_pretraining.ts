import { crossEntropy } from '@chui/layers';
import { add, type Scalar, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { isGiven } from '../../family/inputs.js';
import { classLabels, type Labels } from '../../family/labels.js';
import { applyChain, type Value, type WireOptions } from '../../wiring.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderInputs } from '../encoder_model.js';
import { type EncoderForwardOptions, EncoderModel, type EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';
import { TokenHead } from '../token_head.js';

export interface PairPretrainingInputs extends EncoderInputs {
  /** (B, T), the ids that should stand there; −100 is left out of the loss. */
  labels?: Labels | undefined;
  /** (B), BERT's: 0 where the second text follows the first, 1 where it does not. */
  nextSentenceLabel?: Labels | undefined;
  /** (B), ALBERT's: 0 where the texts stand in their order, 1 where they are swapped. */
  sentenceOrderLabel?: Labels | undefined;
}

export interface PairPretrainingOutput extends EncoderOutput {
  /** (B, T, V). */
  predictionLogits: Tensor3D;
  /** (B, 2), BERT's. */
  seqRelationshipLogits: Tensor2D;
  /** (B, 2), ALBERT's. */
  sopLogits: Tensor2D;
}

/**
 * An encoder that learns from text alone: which tokens were hidden, and how two texts go together. The loss is the sum of both
 * cross-entropies; there is one if both labels are there.
 *
 * @see Devlin et al. (2019), section 3.1, https://arxiv.org/abs/1810.04805; Lan et al. (2020), section 3.1,
 *   https://arxiv.org/abs/1909.11942
 */
export abstract class PairPretraining<
  C extends EncoderConfig = EncoderConfig,
  Output extends EncoderOutput = PairPretrainingOutput,
> extends EncoderModel<C, PairPretrainingInputs, Output> {
  declare private head: TokenHead<C>;
  declare private pairHead: Chain;

  /** The names of the pair's label and of its logits, and the layers from states (B, T, D) to them. */
  protected abstract readonly pair: {
    readonly label: 'nextSentenceLabel' | 'sentenceOrderLabel';
    readonly logits: 'seqRelationshipLogits' | 'sopLogits';
  };
  protected override get labelNames(): readonly string[] {
    return ['labels', this.pair.label];
  }

  protected abstract makePairHead(): Chain;

  protected override makeHead(): layers.Layer[] {
    this.head = new TokenHead(this.family, this.config, this.encoder.embeddings);
    this.pairHead = this.makePairHead();
    return [...this.head.layers, ...this.pairHead];
  }

  protected override wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V> {
    return {
      predictionLogits: this.head.wire(states, options),
      pairLogits: applyChain(this.pairHead, states, options),
    };
  }

  protected override shaped({
    predictionLogits,
    pairLogits,
  }: Record<string, Tensor>): Record<string, Tensor> {
    return { predictionLogits: predictionLogits!, [this.pair.logits]: pairLogits! };
  }

  protected override lossOf(
    inputs: PairPretrainingInputs,
    results: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    const { label, logits } = this.pair;
    const [labels, pairLabels] = [inputs.labels, inputs[label]];
    if (!isGiven(labels) || !isGiven(pairLabels)) return undefined;
    const tokens = results.predictionLogits!;
    const pairs = results[logits]!;
    const [batch, length, classes] = tokens.shape as [number, number, number];
    const ids = classLabels('labels', labels, [batch, length], { classes });
    const pairIds = classLabels(label, pairLabels, [batch], { classes: pairs.shape[1]! });
    return add(
      crossEntropy(tokens, ids, { labelSmoothing }),
      crossEntropy(pairs, pairIds, { labelSmoothing }),
    ) as Scalar;
  }
}
