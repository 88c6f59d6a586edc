import { type Scalar, type Tensor, type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  type layers,
  model as layersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { type FamilyClass, FamilyModel } from '../family/family_model.js';
import type { Value, WireOptions } from '../wiring.js';
import type { EncoderConfig } from './config.js';
import type { EncoderFamily } from './family.js';
import { checkCall, type EncoderInputs, encoderTensors } from './inputs.js';
import {
  maxTokensOf,
  TransformerEncoder,
  type TransformerEncoderInputs,
  type TransformerEncoderOptions,
} from './transformer_encoder.js';

/** Options of an encoder's `forward`. */
export interface EncoderForwardOptions extends Pick<WireOptions, 'training' | 'recompute'> {
  /** Whether to put out the attention weights of every layer. */
  outputAttentions?: boolean;
  /** Whether to put out the embeddings, and the states after every layer. */
  outputHiddenStates?: boolean;
  /** Share of a class's target that is spread over all classes, in losses that are cross-entropies. Default 0. */
  labelSmoothing?: number;
}

/** What every encoder's `forward` may give besides its head's results; the caller owns the tensors. */
export interface EncoderOutput {
  /** Mean over the labels that count; with labels only. */
  loss?: Scalar;
  /** With `outputHiddenStates`: (B, T, D) each, the embeddings and the states after each layer. */
  hiddenStates?: Tensor[];
  /** With `outputAttentions`: (B, H, T, T) for each layer. */
  attentions?: Tensor[];
}

/** What a concrete class says of itself. */
export type EncoderClass<C extends EncoderConfig> = FamilyClass<C, EncoderFamily<C>>;

/**
 * Base of the models that are an encoder and a head. What is particular to an architecture is its `EncoderFamily`; what is
 * particular to a task is a subclass of this, from which each architecture's class derives.
 */
export abstract class EncoderModel<
  C extends EncoderConfig = EncoderConfig,
  Inputs extends object = EncoderInputs,
  Output extends EncoderOutput = EncoderOutput,
> extends FamilyModel<C, EncoderFamily<C>> {
  /** Whether `forward` has a use for `recompute`. */
  readonly canRecompute = true;
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

  /** What `forward` takes besides the encoder's inputs. */
  protected abstract readonly labelNames: readonly string[];
  /** Makes the layers of the head; it is called once, by the constructor. */
  protected abstract makeHead(): layers.Layer[];
  /** The head's results, by name, of the states (B, T, D). */
  protected abstract wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V>;
  /** The loss, where there are labels. */
  protected abstract lossOf(
    inputs: Inputs,
    results: Record<string, Tensor>,
    options: EncoderForwardOptions,
  ): Scalar | undefined;
  /** The results as the caller gets them, which symbols are not. */
  protected shaped(results: Record<string, Tensor>, _inputs: Inputs): Record<string, Tensor> {
    return results;
  }

  /**
   * Runs the model. With labels it gives the loss that Hugging Face's class of the same name defines.
   *
   * @throws RangeError naming the argument, the rule and the value.
   */
  forward(inputs: Inputs, options: EncoderForwardOptions = {}): Output {
    checkCall(inputs, this.labelNames, options);
    return tidy(() => {
      const { outputAttentions = false, outputHiddenStates = false, training = false, recompute } = options;
      const { hiddenStates, attentions } = this.encoder.wire<Tensor>(this.tensors(inputs), {
        ...{ training, recompute },
        ...(outputAttentions && { returnWeights: true }),
      });
      const results = this.shaped(this.wireHead<Tensor>(hiddenStates.at(-1)!, { training }), inputs);
      const loss = this.lossOf(inputs, results, options);
      return {
        ...(loss && { loss }),
        ...results,
        ...(outputHiddenStates && { hiddenStates }),
        ...(outputAttentions && { attentions }),
      } as TensorContainer;
    }) as unknown as Output;
  }

  /** The encoder's inputs of a call. */
  protected tensors(inputs: Inputs): TransformerEncoderInputs<Tensor> {
    return encoderTensors(inputs as EncoderInputs, this.sizes);
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
