import { crossEntropy } from '@chui/layers';
import {
  cast,
  concat,
  type DataType,
  equal,
  fill,
  notEqual,
  type Scalar,
  scalar,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, model, type Shape, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { ModelConfig } from './config.js';
import { type GenerationConfig, type GenerationOutput, generationConfig } from './generation/config.js';
import {
  type DecoderState,
  Decoding,
  type DecodingStep,
  pathAttention,
  pathIds,
  repeatRows,
  type StepDecoder,
  withHeads,
} from './generation/decoding.js';
import { hypothesesOf, outputOf, search } from './generation/search.js';
import { type Ids, idTensor, labelTensor, type Mask, maskTensor } from './ids.js';
import { Model } from './model.js';
import type { Value, WireOptions } from './wiring.js';

/** What every encoder-decoder's configuration has. */
export interface Seq2SeqConfig extends ModelConfig {
  /** Size of the source vocabulary. */
  vocabSize: number;
  /** Size of the target vocabulary. */
  decoderVocabSize: number;
  padTokenId: number;
  eosTokenId: number;
  /** The id that every target begins with. */
  decoderStartTokenId: number;
  /** Longest sequence that `generate` makes unless told otherwise, the start id included. */
  maxLength: number;
}

/** What `forward` takes. */
export interface Seq2SeqInputs {
  /** (B, S). */
  inputIds: Ids;
  /** (B, S), 1 at tokens; by default 1 wherever inputIds is not the pad id. */
  attentionMask?: Mask;
  /** (B, T), the start id first; made from labels where it is not given. */
  decoderInputIds?: Ids;
  /** (B, T), what follows each decoder input; −100 is left out of the loss. */
  labels?: Ids;
}

/** What `forward` gives; the caller owns the tensors. */
export interface Seq2SeqOutput {
  /** Mean cross-entropy of labels that are not −100; with `labels` only. */
  loss?: Scalar;
  /** (B, T, decoderVocabSize). */
  logits: Tensor3D;
  /** (B, S, D). */
  encoderLastHiddenState: Tensor3D;
  /** With `outputAttentions`: (B, H, S, S) for each encoder layer. */
  encoderAttentions?: Tensor[];
  /** With `outputAttentions`: (B, H, T, T) for each decoder layer. */
  decoderAttentions?: Tensor[];
  /** With `outputAttentions`: (B, H, T, S) for each decoder layer that attends to the source. */
  crossAttentions?: Tensor[];
}

/** Options of `forward`. */
export interface ForwardOptions extends WireOptions {
  outputAttentions?: boolean;
  /** Share of the target probability that is spread over the vocabulary, 0 by default. */
  labelSmoothing?: number;
}

/** What the wiring of an encoder-decoder makes of its inputs. */
export interface Wired<V extends Value> {
  logits: V;
  encoderLastHiddenState: V;
  encoderAttentions: V[];
  decoderAttentions: V[];
  crossAttentions: V[];
}

/** Options of `generate` that only decoders without an encoder take. */
const ofDecoders = ['penaltyAlpha', 'assistantModel', 'promptLookupNumTokens', 'pastKeyValues'] as const;

/** Base of the encoder-decoders. */
export abstract class Seq2SeqModel<C extends Seq2SeqConfig = Seq2SeqConfig>
  extends Model<C>
  implements StepDecoder
{
  /** The wiring, on tensors or on symbols. */
  protected abstract wire<V extends Value>(
    inputs: { inputIds: V; attentionMask: V; decoderInputIds: V },
    options: WireOptions,
  ): Wired<V>;

  /** Encodes a batch and makes the state before the first decoding step. */
  protected abstract start(inputIds: Tensor2D, attentionMask: Tensor2D): DecoderState;

  abstract decodingStep(ids: Tensor2D, state: DecoderState, position: number): DecodingStep;

  /** The encoder's part of the wiring: what a decoding step reads of it, in the order of `stepInputs`. */
  protected abstract wireEncoder<V extends Value>(inputIds: V, attentionMask: V): V[];

  /** What a decoding step reads besides the ids, by name, in the order of `wireStep`; shapes without the batch. */
  protected abstract stepInputs(): Record<string, { shape: Shape; dtype?: DataType }>;

  /** A decoding step: ids (B, 1) and `stepInputs` to logits (B, 1, V), cross attentions, and the state after it. */
  protected abstract wireStep<V extends Value>(ids: V, inputs: V[]): V[];

  /**
   * Runs the model.
   *
   * @throws RangeError naming the argument, the rule and the value.
   */
  forward(inputs: Seq2SeqInputs, options: ForwardOptions = {}): Seq2SeqOutput {
    return tidy(() => {
      const { inputIds, attentionMask } = this.source(inputs);
      const labels = inputs.labels && labelTensor(inputs.labels, this.config.decoderVocabSize);
      if (!inputs.decoderInputIds && !labels) {
        throw new RangeError('forward must have decoderInputIds or labels, but has neither');
      }
      const decoderInputIds = inputs.decoderInputIds
        ? idTensor('decoderInputIds', inputs.decoderInputIds, this.config.decoderVocabSize)
        : this.shiftRight(labels!);
      const wired = this.wire<Tensor>({ inputIds, attentionMask, decoderInputIds }, options);
      const { encoderAttentions, decoderAttentions } = wired;
      const crossAttentions = wired.crossAttentions.map(withHeads);
      return {
        ...(labels && {
          loss: crossEntropy(wired.logits, labels, { labelSmoothing: options.labelSmoothing }),
        }),
        logits: wired.logits as Tensor3D,
        encoderLastHiddenState: wired.encoderLastHiddenState as Tensor3D,
        ...(options.outputAttentions && { encoderAttentions, decoderAttentions, crossAttentions }),
      };
    });
  }

  /**
   * Decodes from the start id: greedily, or with a beam.
   *
   * @returns ids, `numReturnSequences` lists for each input, the start id included; a `GenerationOutput` with
   *   `returnDictInGenerate`
   * @throws RangeError or TypeError naming the option, the rule and the value.
   */
  async generate(
    inputs: Pick<Seq2SeqInputs, 'inputIds' | 'attentionMask'>,
    config: GenerationConfig & { returnDictInGenerate: true },
  ): Promise<GenerationOutput>;
  async generate(
    inputs: Pick<Seq2SeqInputs, 'inputIds' | 'attentionMask'>,
    config?: GenerationConfig,
  ): Promise<number[][]>;
  async generate(
    inputs: Pick<Seq2SeqInputs, 'inputIds' | 'attentionMask'>,
    config: GenerationConfig = {},
  ): Promise<number[][] | GenerationOutput> {
    const { decoderStartTokenId, decoderVocabSize: vocabSize, eosTokenId, maxLength } = this.config;
    const useless = ofDecoders.find((name) => config[name] !== undefined);
    if (useless)
      throw new RangeError(`generate: ${useless} must be left out for an encoder-decoder, but is given`);
    const options = generationConfig(config, { promptLength: 1, maxLength, vocabSize, eosTokenId });
    const times = hypothesesOf(options);
    const state = tidy(() => {
      const { inputIds, attentionMask } = this.source(inputs);
      return repeatRows(this.start(inputIds, attentionMask), inputIds.shape[0], times);
    });
    const rows = state.memory[0]!.shape[0]! / times;
    const decoding = new Decoding(this, state, options.returnDictInGenerate && options.outputAttentions);
    try {
      const found = await search(
        { decoding },
        Array.from({ length: rows }, () => ({ ids: [decoderStartTokenId], padding: 0 })),
        options,
      );
      if (!options.returnDictInGenerate) return found.paths.map(pathIds);
      return {
        ...outputOf(found, options),
        ...(options.outputAttentions && {
          crossAttentions: found.paths.map((path) => pathAttention(path, decoding.heads, decoding.slots)),
        }),
      };
    } finally {
      decoding.dispose();
    }
  }

  /**
   * @param options.outputs what the model returns: the logits by default.
   */
  toLayersModel(
    options: { outputs?: ('logits' | 'encoderLastHiddenState' | 'crossAttentions')[] } = {},
  ): LayersModel {
    const inputs = {
      inputIds: input({ shape: [null], dtype: 'int32', name: 'inputIds' }),
      attentionMask: input({ shape: [null], dtype: 'int32', name: 'attentionMask' }),
      decoderInputIds: input({ shape: [null], dtype: 'int32', name: 'decoderInputIds' }),
    };
    const wired = this.wire<SymbolicTensor>(inputs, {});
    const outputs = (options.outputs ?? ['logits']).flatMap((name) => wired[name]);
    return model({ inputs: Object.values(inputs), outputs });
  }

  /**
   * The encoder alone, sharing this model's weights: [inputIds, attentionMask] → what a decoding step reads of the source,
   * which are the inputs of `toStepLayersModel()` after attentionMask. The two are what plain tfjs needs to decode.
   *
   * In RNNs that is encoderLastHiddenState (B, S, U), the decoder's first h and its first c; without attention h and c
   * alone. In Transformers it is the source's keys and values for each block, memoryKey0, memoryValue0, ... (B, H, S, K).
   */
  toEncoderLayersModel(): LayersModel {
    const inputs = [
      input({ shape: [null], dtype: 'int32', name: 'inputIds' }),
      input({ shape: [null], dtype: 'int32', name: 'attentionMask' }),
    ] as const;
    return model({ inputs: [...inputs], outputs: this.wireEncoder<SymbolicTensor>(...inputs) });
  }

  /**
   * One decoding step, sharing this model's weights: decoderInputIds (B, 1), attentionMask (B, S) if it attends, the
   * outputs of `toEncoderLayersModel()`, and the rest of the state → logits (B, 1, V), cross attentions, and the state for
   * the next step in the order of the inputs.
   *
   * All inputs have names. The state is in RNNs h, c and feed, zeros at first; in Transformers pastKey0, pastValue0, ... of
   * any capacity (B, H, C, K), zeros at first. Transformers also read position (B, 1), which counts the steps from 0 and
   * stays below C.
   */
  toStepLayersModel(): LayersModel {
    const ids = input({ shape: [1], dtype: 'int32', name: 'decoderInputIds' });
    const inputs = Object.entries(this.stepInputs()).map(([name, spec]) => input({ ...spec, name }));
    return model({ inputs: [ids, ...inputs], outputs: this.wireStep<SymbolicTensor>(ids, inputs) });
  }

  private source({ inputIds, attentionMask }: Pick<Seq2SeqInputs, 'inputIds' | 'attentionMask'>) {
    const ids = idTensor('inputIds', inputIds, this.config.vocabSize);
    const mask = attentionMask
      ? maskTensor('attentionMask', attentionMask)
      : (cast(notEqual(ids, scalar(this.config.padTokenId, 'int32')), 'int32') as Tensor2D);
    if (mask.shape[0] !== ids.shape[0] || mask.shape[1] !== ids.shape[1]) {
      throw new RangeError(`attentionMask must have inputIds' shape [${ids.shape}], but has [${mask.shape}]`);
    }
    return { inputIds: ids, attentionMask: mask };
  }

  /** What the decoder reads when it should say `labels`: the start id, then all labels but the last. */
  private shiftRight(labels: Tensor2D): Tensor2D {
    const [rows, length] = labels.shape;
    const start = fill([rows, 1], this.config.decoderStartTokenId, 'int32');
    const shifted = concat([start, slice(labels, [0, 0], [rows, length - 1])], 1) as Tensor2D; // (B, T)
    const pad: Tensor = scalar(this.config.padTokenId, 'int32');
    return where<Tensor>(equal(shifted, scalar(-100, 'int32')), pad, shifted) as Tensor2D;
  }
}
