import type { Tensor } from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  type layers,
  model as layersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type { BodyInputs } from '../family/body.js';
import { FamilyModel, type ForwardOptions, type ForwardOutput } from '../family/family_model.js';
import { type FamilyInputs, inputTensors } from '../family/inputs.js';
import type { EncoderConfig } from './config.js';
import type { EncoderFamily } from './family.js';
import { maxTokensOf, TransformerEncoder, type TransformerEncoderOptions } from './transformer_encoder.js';

/** What encoders read. */
export type EncoderInputs = FamilyInputs;
/** Options of an encoder's `forward`. */
export type EncoderForwardOptions = ForwardOptions;
/** What every encoder's `forward` may give besides its head's results. */
export type EncoderOutput = ForwardOutput;

/**
 * Base of the models that are an encoder and a head. What is particular to an architecture is its `EncoderFamily`; what is
 * particular to a task is a subclass of this, from which each architecture's class derives.
 */
export abstract class EncoderModel<
  C extends EncoderConfig = EncoderConfig,
  Inputs extends object = EncoderInputs,
  Output extends EncoderOutput = EncoderOutput,
> extends FamilyModel<C, EncoderFamily<C>, Inputs, Output> {
  protected readonly encoder: TransformerEncoder;
  /** What the encoder is made of. */
  readonly sizes: TransformerEncoderOptions;
  protected readonly layers: readonly layers.Layer[];

  constructor(config: C) {
    super(config);
    this.sizes = this.family.encoder(config);
    this.encoder = new TransformerEncoder(this.sizes);
    const heads = this.makeHead();
    this.layers = [...this.encoder.layers, ...heads];
    this.toLayersModel();
    this.initialize();
    if (this.sizes.sinusoidalPositions) this.encoder.writeSinusoids();
  }

  /** How many tokens there are positions for. */
  get maxTokens(): number {
    return maxTokensOf(this.sizes);
  }

  protected override get body(): TransformerEncoder {
    return this.encoder;
  }

  protected override tensors(inputs: Inputs): BodyInputs<Tensor> {
    return inputTensors(inputs as EncoderInputs, this.sizes);
  }

  /** inputIds, attentionMask and, where there are segments, tokenTypeIds, (B, T) each → the head's results. */
  override toLayersModel(): LayersModel {
    const names = ['inputIds', 'attentionMask', ...(this.sizes.segments > 0 ? ['tokenTypeIds'] : [])];
    const inputs = names.map((name) => input({ shape: [null], dtype: 'int32', name }));
    const [inputIds, attentionMask, tokenTypeIds] = inputs as [
      SymbolicTensor,
      SymbolicTensor,
      SymbolicTensor?,
    ];
    const given = { inputIds, attentionMask, tokenTypeIds };
    const { hiddenStates } = this.encoder.wire<SymbolicTensor>(given, {});
    const outputs = Object.values(this.wireHead<SymbolicTensor>(hiddenStates.at(-1)!, {}));
    return layersModel({ inputs, outputs });
  }
}
