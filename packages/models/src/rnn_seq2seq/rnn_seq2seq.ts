import {
  BahdanauDecoder,
  ContextDecoder,
  Dropout,
  Linear,
  LSTM,
  LuongDecoder,
  RecurrentDecoder,
  TokenEmbedding,
} from '@chui/layers';
import { reshape, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { DecoderState, DecodingStep } from '../generation/decoding.js';
import { Seq2SeqModel, type Wired } from '../seq2seq.js';
import { apply, applyAll, type CallOptions, type Value } from '../wiring.js';
import { attentionOf } from './attention.js';
import { type RnnSeq2SeqConfig, rnnSeq2SeqSchema } from './config.js';

/**
 * LSTM encoder-decoder, with or without attention.
 *
 * The encoder reads the source into one state a position; the decoder starts from its last state and says the target id
 * by id. Without attention that last state, a vector of fixed width, is all it knows of the source (Sutskever et al.);
 * with attention it looks at every position at each step (Bahdanau et al., Luong et al.).
 *
 * @see Sutskever et al. (2014), https://arxiv.org/abs/1409.3215
 * @see Bahdanau et al. (2015), https://arxiv.org/abs/1409.0473
 * @see Luong et al. (2015), https://arxiv.org/abs/1508.04025
 */
export class RnnSeq2Seq extends Seq2SeqModel<RnnSeq2SeqConfig> {
  static readonly modelType = 'rnn_seq2seq';
  static readonly schema = rnnSeq2SeqSchema;

  private readonly sourceEmbedding: TokenEmbedding;
  private readonly encoder: LSTM[];
  private readonly targetEmbedding: TokenEmbedding;
  /** Without attention it is an LSTM that reads the target. */
  private readonly decoder: RecurrentDecoder | LSTM;
  private readonly dropout: Dropout;
  private readonly head: Linear;
  protected readonly layers: readonly layers.Layer[];

  /** `fromConfig` also checks the configuration, fills in its defaults and seeds the weights. */
  constructor(config: RnnSeq2SeqConfig) {
    super(config);
    const { embeddingSize, hiddenSize, bidirectional } = config;
    this.sourceEmbedding = new TokenEmbedding({
      name: 'source_embedding',
      vocabSize: config.vocabSize,
      dim: embeddingSize,
    });
    this.encoder = Array.from({ length: config.encoderLayers }, (_, i) => {
      const name = `encoder_${i}`;
      return bidirectional
        ? new LSTM({ name, units: hiddenSize / 2, direction: 'both' })
        : new LSTM({ name, units: hiddenSize });
    });
    this.targetEmbedding = new TokenEmbedding({
      name: 'target_embedding',
      vocabSize: config.decoderVocabSize,
      dim: embeddingSize,
    });
    this.decoder = makeDecoder(config);
    this.dropout = new Dropout({ name: 'dropout', rate: config.dropout });
    this.head = new Linear({ name: 'head', units: config.decoderVocabSize });
    this.layers = [this.sourceEmbedding, ...this.encoder, this.targetEmbedding, this.decoder, this.head];
    this.toLayersModel();
  }

  /** The source's states (B, S, U), and the decoder's state before its first step. */
  private encode<V extends Value>(inputIds: V, mask: V, options: CallOptions) {
    let memory = apply(this.dropout, apply(this.sourceEmbedding, inputIds), options); // (B, S, E)
    let carried: V[] = [];
    for (const lstm of this.encoder) {
      [memory, ...carried] = applyAll(lstm, [memory, mask]) as [V, ...V[]]; // (B, S, U), then h and c (B, U)
    }
    return { memory, carried };
  }

  private decode<V extends Value>(ids: V, memory: V, mask: V, carried: V[], options: CallOptions) {
    const x = apply(this.dropout, apply(this.targetEmbedding, ids), options); // (B, T, E)
    const attends = this.decoder instanceof RecurrentDecoder;
    const inputs = attends ? [x, memory, mask, ...carried] : [x, ...carried];
    const [output, ...rest] = applyAll(this.decoder, inputs, options) as [V, ...V[]];
    const weights = attends ? rest.slice(0, 1) : []; // (B, T, S), or (B, H, T, S)
    const logits = apply(this.head, apply(this.dropout, output, options)); // (B, T, V)
    return { logits, weights, carried: attends ? rest.slice(1) : rest };
  }

  protected wire<V extends Value>(
    { inputIds, attentionMask, decoderInputIds }: { inputIds: V; attentionMask: V; decoderInputIds: V },
    options: CallOptions,
  ): Wired<V> {
    const { memory, carried } = this.encode(inputIds, attentionMask, options);
    const { logits, weights } = this.decode(decoderInputIds, memory, attentionMask, carried, options);
    return {
      logits,
      encoderLastHiddenState: memory,
      encoderAttentions: [],
      decoderAttentions: [],
      crossAttentions: weights,
    };
  }

  protected wireEncoder<V extends Value>(inputIds: V, attentionMask: V): V[] {
    const { memory, carried } = this.encode(inputIds, attentionMask, {});
    return this.decoder instanceof RecurrentDecoder ? [memory, ...carried] : carried;
  }

  protected stepInputs() {
    const { hiddenSize } = this.config;
    if (!(this.decoder instanceof RecurrentDecoder))
      return { h: { shape: [hiddenSize] }, c: { shape: [hiddenSize] } };
    const [h, c, feed] = this.decoder.stateWidths(hiddenSize) as [number, number, number?];
    return {
      attentionMask: { shape: [null], dtype: 'int32' as const },
      encoderLastHiddenState: { shape: [null, hiddenSize] },
      h: { shape: [h] },
      c: { shape: [c] },
      ...(feed !== undefined && { feed: { shape: [feed] } }),
    };
  }

  protected wireStep<V extends Value>(ids: V, inputs: V[]): V[] {
    // Without attention the decoder looks at neither memory nor mask.
    const attends = this.decoder instanceof RecurrentDecoder;
    const [mask, memory] = (attends ? inputs : [ids, ids]) as [V, V];
    const step = this.decode(ids, memory, mask, attends ? inputs.slice(2) : inputs, {});
    return [step.logits, ...step.weights, ...step.carried];
  }

  protected start(inputIds: Tensor2D, attentionMask: Tensor2D): DecoderState {
    const { memory, carried } = this.encode<Tensor>(inputIds, attentionMask, {});
    return { memory: [memory, attentionMask], carried };
  }

  decodingStep(ids: Tensor2D, { memory, carried }: DecoderState): DecodingStep {
    const [states, mask] = memory as [Tensor, Tensor];
    const step = this.decode<Tensor>(ids, states, mask, carried, {});
    return {
      logits: reshape(step.logits, [ids.shape[0], -1]), // (N, V)
      carried: step.carried,
      crossAttentions: step.weights,
    };
  }
}

function makeDecoder(config: RnnSeq2SeqConfig): RecurrentDecoder | LSTM {
  const shared = { name: 'decoder', units: config.hiddenSize };
  if (config.attention === 'none') return new LSTM(shared);
  const attention = attentionOf(config.attention, config);
  switch (config.decoder) {
    case 'bahdanau':
      return new BahdanauDecoder({ ...shared, attention });
    case 'luong':
      return new LuongDecoder({ ...shared, attention, inputFeeding: config.inputFeeding });
    case 'context':
      return new ContextDecoder({ ...shared, attention });
  }
}
