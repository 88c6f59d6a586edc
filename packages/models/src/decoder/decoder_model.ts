import { andMasks, causalMask, documentMask } from '@chui/layers';
import { cast, cumsum, maximum, mul, notEqual, scalar, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  type layers,
  model as layersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type { BodyInputs } from '../family/body.js';
import { FamilyModel, type ForwardOptions, type ForwardOutput } from '../family/family_model.js';
import { checkLike, type FamilyInputs, inputTensors, isGiven } from '../family/inputs.js';
import { type Ids, idTensor } from '../ids.js';
import type { Decoder, DecoderSizes } from './decoder.js';
import type { DecoderConfig, DecoderFamily } from './family.js';

/** What decoders read: `inputIds` or `inputsEmbeds`, and what goes with them. */
export interface DecoderInputs extends Omit<FamilyInputs, 'tokenTypeIds'> {
  /**
   * (B, T), the document of each token, where a row holds several: a token sees those of its own document only, and is counted
   * from its first one, unless positionIds are given. All are one document by default.
   */
  documentIds?: Ids | undefined;
}

/** Options of a decoder's `forward`. */
export type DecoderForwardOptions = ForwardOptions;
/** What every decoder's `forward` may give besides its head's results; the last hidden states are behind the last norm. */
export type DecoderOutput = ForwardOutput;

/** Base of the models that are a decoder without a memory, and a head. */
export abstract class DecoderModel<
  C extends DecoderConfig = DecoderConfig,
  Inputs extends object = DecoderInputs,
  Output extends DecoderOutput = DecoderOutput,
> extends FamilyModel<C, DecoderFamily<C>, Inputs, Output> {
  protected readonly decoder: Decoder;
  protected readonly layers: readonly layers.Layer[];

  constructor(config: C) {
    super(config);
    this.decoder = this.family.decoder(config);
    const heads = this.makeHead();
    this.layers = [...this.decoder.layers, ...heads];
    this.toLayersModel();
    this.initialize();
  }

  /** What is to be known of the decoder. */
  get sizes(): DecoderSizes {
    return this.decoder.sizes;
  }

  /** How many tokens the model was made for; Infinity, where it has no positions. */
  get maxTokens(): number {
    return this.sizes.maxPositions;
  }

  protected override get body(): Decoder {
    return this.decoder;
  }

  protected override tensors(inputs: Inputs): BodyInputs<Tensor> {
    const read = inputTensors(inputs as DecoderInputs, { ...this.sizes, segments: 0 });
    const { documentIds } = inputs as DecoderInputs;
    if (isGiven(documentIds)) {
      if (this.sizes.isRecurrent) {
        throw new RangeError(
          `documentIds must be left out for ${this.config.modelType}, which reads on from one to the next`,
        );
      }
      return inDocuments(read, documentIds);
    }
    if (read.positionIds || !this.sizes.maskPositions || !read.attentionMask) return read;
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

  protected override initialFactor(name: string): number {
    return this.family.residualWeights?.test(name) ? 1 / Math.sqrt(2 * this.decoder.numLayers) : 1;
  }
}

/** Inputs of which each token sees its own document, whose tokens are counted from 0 on. */
function inDocuments(read: BodyInputs<Tensor>, documentIds: Ids): BodyInputs<Tensor> {
  const ids = checkLike('documentIds', idTensor('documentIds', documentIds, Infinity), read);
  const within = documentMask(ids);
  const attentionMask = read.attentionMask ? andMasks(read.attentionMask, within) : within; // (B, T, T)
  const seen = andMasks(attentionMask, causalMask(ids.shape[1]!));
  const places = sub(sum(cast(seen, 'int32'), -1), scalar(1, 'int32')); // (B, T)
  return { positionIds: maximum(places, scalar(0, 'int32')), ...read, attentionMask };
}

/** Positions that count the tokens of a mask (B, T), from 0 on; that of a padding is −1. */
function placesOf(mask: Tensor): Tensor {
  const tokens = cast(notEqual(mask, scalar(0, mask.dtype === 'bool' ? 'bool' : 'int32')), 'int32');
  return sub(mul(cumsum(tokens, 1), tokens), scalar(1, 'int32'));
}
