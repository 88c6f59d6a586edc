import {
  cast,
  cumsum,
  mul,
  notEqual,
  type Scalar,
  scalar,
  sub,
  type Tensor,
  type TensorContainer,
  tidy,
} from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  type layers,
  model as layersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { checkCall, type EncoderInputs, encoderTensors } from '../encoder/inputs.js';
import { FamilyModel } from '../family/family_model.js';
import type { Value, WireOptions } from '../wiring.js';
import type { DecoderConfig, DecoderFamily } from './family.js';
import {
  TransformerDecoder,
  type TransformerDecoderInputs,
  type TransformerDecoderOptions,
} from './transformer_decoder.js';

/** What decoders read: `inputIds` or `inputsEmbeds`, and what goes with them. */
export type DecoderInputs = Omit<EncoderInputs, 'tokenTypeIds'>;

/** Options of a decoder's `forward`. */
export interface DecoderForwardOptions extends Pick<WireOptions, 'training' | 'recompute'> {
  /** Whether to put out the attention weights of every layer. */
  outputAttentions?: boolean;
  /** Whether to put out the embeddings, and the states after every layer. */
  outputHiddenStates?: boolean;
  /** Share of a token's target that is spread over all tokens. Default 0. */
  labelSmoothing?: number;
}

/** What every decoder's `forward` may give besides its head's results; the caller owns the tensors. */
export interface DecoderOutput {
  /** Mean over the labels that count; with labels only. */
  loss?: Scalar;
  /** With `outputHiddenStates`: (B, T, D) each, the embeddings, the states after each layer but the last, and the last ones. */
  hiddenStates?: Tensor[];
  /** With `outputAttentions`: (B, H, T, T) for each layer. */
  attentions?: Tensor[];
}

/** Base of the models that are a decoder without a memory, and a head. */
export abstract class DecoderModel<
  C extends DecoderConfig = DecoderConfig,
  Inputs extends object = DecoderInputs,
  Output extends DecoderOutput = DecoderOutput,
> extends FamilyModel<C, DecoderFamily<C>> {
  /** Whether `forward` has a use for `recompute`. */
  readonly canRecompute = true;
  protected readonly decoder: TransformerDecoder;
  /** What the decoder is made of. */
  readonly sizes: TransformerDecoderOptions;
  protected readonly layers: readonly layers.Layer[];

  constructor(config: C) {
    super(config);
    this.sizes = this.family.decoder(config);
    this.decoder = new TransformerDecoder(this.sizes);
    const heads = this.makeHead();
    this.layers = [...this.decoder.layers, ...heads];
    this.toLayersModel();
    this.initialize();
  }

  /** How many tokens the model was made for. */
  get maxTokens(): number {
    return this.sizes.maxPositions;
  }

  /** What `forward` takes besides the decoder's inputs. */
  protected abstract readonly labelNames: readonly string[];
  /** Makes the layers of the head; it is called once, by the constructor. */
  protected abstract makeHead(): layers.Layer[];
  /** The head's results, by name, of the states (B, T, D). */
  protected abstract wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V>;
  /** The loss, where there are labels. */
  protected abstract lossOf(
    inputs: Inputs,
    results: Record<string, Tensor>,
    options: DecoderForwardOptions,
  ): Scalar | undefined;

  /**
   * Runs the model. With labels it gives the loss that Hugging Face's class of the same name defines.
   *
   * @throws RangeError naming the argument, the rule and the value.
   */
  forward(inputs: Inputs, options: DecoderForwardOptions = {}): Output {
    checkCall(inputs, this.labelNames, options);
    return tidy(() => {
      const { outputAttentions = false, outputHiddenStates = false, training = false, recompute } = options;
      const { hiddenStates, attentions } = this.decoder.wire<Tensor>(this.tensors(inputs), {
        ...{ training, recompute },
        ...(outputAttentions && { returnWeights: true }),
      });
      const results = this.wireHead<Tensor>(hiddenStates.at(-1)!, { training });
      const loss = this.lossOf(inputs, results, options);
      return {
        ...(loss && { loss }),
        ...results,
        ...(outputHiddenStates && { hiddenStates }),
        ...(outputAttentions && { attentions }),
      } as TensorContainer;
    }) as unknown as Output;
  }

  /** The decoder's inputs of a call. */
  protected tensors(inputs: Inputs): TransformerDecoderInputs<Tensor> {
    const read = encoderTensors(inputs as DecoderInputs, { ...this.sizes, segments: 0 });
    if (read.positionIds || !this.sizes.maskPositions) return read;
    return { ...read, positionIds: placesOf(read.attentionMask) };
  }

  /** inputIds and attentionMask, (B, T) each → the head's results. */
  override toLayersModel(): LayersModel {
    const [inputIds, attentionMask] = ['inputIds', 'attentionMask'].map((name) =>
      input({ shape: [null], dtype: 'int32', name }),
    ) as [SymbolicTensor, SymbolicTensor];
    const { hiddenStates } = this.decoder.wire<SymbolicTensor>({ inputIds, attentionMask }, {});
    const outputs = Object.values(this.wireHead<SymbolicTensor>(hiddenStates.at(-1)!, {}));
    return layersModel({ inputs: [inputIds, attentionMask], outputs });
  }

  protected override get paddingRow(): number | null {
    return this.sizes.padTokenId;
  }

  protected override initialDeviation(name: string): number {
    const { initializerRange } = this.config;
    const { residualWeights } = this.family;
    return residualWeights?.test(name)
      ? initializerRange / Math.sqrt(2 * this.decoder.numLayers)
      : initializerRange;
  }
}

/** Positions that count the tokens of a mask (B, T), from 0 on; that of a padding is −1. */
function placesOf(mask: Tensor): Tensor {
  const tokens = cast(notEqual(mask, scalar(0, mask.dtype === 'bool' ? 'bool' : 'int32')), 'int32');
  return sub(mul(cumsum(tokens, 1), tokens), scalar(1, 'int32'));
}
