import {
  DecoderBlock,
  Dropout,
  EncoderBlock,
  LayerNorm,
  LearnedPositions,
  Linear,
  SinusoidalPositions,
  TokenEmbedding,
} from '@chui/layers';
import {
  concat,
  reshape,
  type Tensor,
  type Tensor2D,
  tensor1d,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { DecoderState, DecodingStep } from '../generation/decoding.js';
import { Seq2SeqModel, type Wired } from '../seq2seq.js';
import { apply, applyAll, applyBlock, type Value, type WireOptions } from '../wiring.js';
import { type TransformerSeq2SeqConfig, transformerSeq2SeqSchema } from './config.js';

/** Slots of a new cache; a full one is doubled. */
const CACHE_SLOTS = 16;

/**
 * Transformer encoder-decoder.
 *
 * Source ids → embedding·√D + positions → encoder blocks (self-attention, feed-forward) → memory; target ids →
 * embedding·√D + positions → decoder blocks (causal self-attention, attention to the memory, feed-forward) → logits.
 *
 * @see Vaswani et al. (2017), https://arxiv.org/abs/1706.03762
 */
export class TransformerSeq2Seq extends Seq2SeqModel<TransformerSeq2SeqConfig> {
  static readonly modelType = 'transformer_seq2seq';
  static readonly schema = transformerSeq2SeqSchema;
  /** Whether `forward` has a use for `recompute`. */
  readonly canRecompute = true;

  private readonly sourceEmbedding: TokenEmbedding;
  private readonly sourcePositions: layers.Layer;
  private readonly encoder: EncoderBlock[];
  private readonly encoderNorm?: LayerNorm;
  private readonly targetEmbedding: TokenEmbedding;
  private readonly targetPositions: layers.Layer;
  private readonly decoder: DecoderBlock[];
  private readonly decoderNorm?: LayerNorm;
  private readonly dropout: Dropout;
  private readonly head: layers.Layer;
  protected readonly layers: readonly layers.Layer[];

  /** `fromConfig` also checks the configuration, fills in its defaults and seeds the weights. */
  constructor(config: TransformerSeq2SeqConfig) {
    super(config);
    const { dModel, normFirst, layerNormEps } = config;
    const embedding = (name: string, vocabSize: number) =>
      new TokenEmbedding({
        name,
        vocabSize,
        dim: dModel,
        scale: config.scaleEmbedding ? Math.sqrt(dModel) : 1,
      });
    const positions = (name: string) => {
      const args = { name, maxLength: config.maxPositionEmbeddings };
      return config.positions === 'learned' ? new LearnedPositions(args) : new SinusoidalPositions(args);
    };
    const norm = (name: string) => (normFirst ? new LayerNorm({ name, epsilon: layerNormEps }) : undefined);
    const block = {
      activation: config.activationFunction,
      dropout: config.dropout,
      epsilon: layerNormEps,
      norm: normFirst ? ('pre' as const) : ('post' as const),
      returnWeights: true,
    };
    this.sourceEmbedding = embedding('source_embedding', config.vocabSize);
    this.sourcePositions = positions('source_positions');
    this.encoder = Array.from(
      { length: config.encoderLayers },
      (_, i) =>
        new EncoderBlock({
          ...block,
          name: `encoder_${i}`,
          numHeads: config.encoderAttentionHeads,
          hiddenDim: config.encoderFfnDim,
        }),
    );
    this.encoderNorm = norm('encoder_norm');
    this.targetEmbedding = embedding('target_embedding', config.decoderVocabSize);
    this.targetPositions = positions('target_positions');
    this.decoder = Array.from(
      { length: config.decoderLayers },
      (_, i) =>
        new DecoderBlock({
          ...block,
          name: `decoder_${i}`,
          numHeads: config.decoderAttentionHeads,
          hiddenDim: config.decoderFfnDim,
        }),
    );
    this.decoderNorm = norm('decoder_norm');
    this.dropout = new Dropout({ name: 'dropout', rate: config.dropout });
    this.head = config.tieWordEmbeddings
      ? this.targetEmbedding
      : new Linear({ name: 'head', units: config.decoderVocabSize, useBias: false });
    this.layers = [
      this.sourceEmbedding,
      this.sourcePositions,
      ...this.encoder,
      ...(this.encoderNorm ? [this.encoderNorm] : []),
      this.targetEmbedding,
      this.targetPositions,
      ...this.decoder,
      ...(this.decoderNorm ? [this.decoderNorm] : []),
      ...(config.tieWordEmbeddings ? [] : [this.head]),
    ];
    this.toLayersModel();
  }

  private encode<V extends Value>(inputIds: V, mask: V, { training, recompute }: WireOptions) {
    const embedded = apply(this.sourcePositions, apply(this.sourceEmbedding, inputIds));
    let x = apply(this.dropout, embedded, { training }); // (B, S, D)
    const attentions: V[] = [];
    for (const block of this.encoder) {
      const [y, weights] = applyBlock(block, [x, mask], { training, recompute }) as [V, V];
      x = y;
      attentions.push(weights);
    }
    return { memory: this.encoderNorm ? apply(this.encoderNorm, x) : x, attentions };
  }

  /**
   * @param besides what the i-th block reads besides the states
   * @param position of the first id, 0 by default
   */
  private decode<V extends Value>(
    ids: V,
    besides: (i: number) => V[],
    { position, training, recompute }: WireOptions & { position?: V },
  ) {
    const embedded = apply(this.targetEmbedding, ids);
    const placed = apply(this.targetPositions, position ? [embedded, position] : embedded);
    let x = apply(this.dropout, placed, { training }); // (B, T, D)
    const selfAttentions: V[] = [];
    const crossAttentions: V[] = [];
    const carried: V[] = [];
    this.decoder.forEach((block, i) => {
      const outputs = applyBlock(block, [x, ...besides(i)], { training, recompute });
      const [y, selfWeights, crossWeights, ...present] = outputs as [V, V, V, ...V[]];
      x = y;
      selfAttentions.push(selfWeights);
      crossAttentions.push(crossWeights);
      carried.push(...present);
    });
    const logits = apply(this.head, this.decoderNorm ? apply(this.decoderNorm, x) : x); // (B, T, V)
    return { logits, selfAttentions, crossAttentions, carried };
  }

  /** Decodes one position; `memory` and `carried` are keys and values, two for each block. */
  private step<V extends Value>(ids: V, mask: V, memory: V[], carried: V[], position: V) {
    const ofBlock = (all: V[], i: number) => all.slice(2 * i, 2 * i + 2);
    const besides = (i: number) => [...ofBlock(memory, i), mask, ...ofBlock(carried, i), position];
    return this.decode(ids, besides, { position });
  }

  protected wire<V extends Value>(
    { inputIds, attentionMask, decoderInputIds }: { inputIds: V; attentionMask: V; decoderInputIds: V },
    options: WireOptions,
  ): Wired<V> {
    const { memory, attentions } = this.encode(inputIds, attentionMask, options);
    const decoded = this.decode(decoderInputIds, () => [memory, attentionMask], options);
    return {
      logits: decoded.logits,
      encoderLastHiddenState: memory,
      encoderAttentions: attentions,
      decoderAttentions: decoded.selfAttentions,
      crossAttentions: decoded.crossAttentions,
    };
  }

  protected wireEncoder<V extends Value>(inputIds: V, attentionMask: V): V[] {
    const { memory } = this.encode(inputIds, attentionMask, {});
    return this.decoder.flatMap((block) => applyAll(block.memoryProjection, memory));
  }

  protected stepInputs() {
    const { dModel, decoderAttentionHeads: heads } = this.config;
    const slots = { shape: [heads, null, dModel / heads] };
    const keysAndValues = (of: string) =>
      Object.fromEntries(
        this.decoder.flatMap((_, i) => [
          [`${of}Key${i}`, slots],
          [`${of}Value${i}`, slots],
        ]),
      );
    return {
      attentionMask: { shape: [null], dtype: 'int32' as const },
      ...keysAndValues('memory'),
      ...keysAndValues('past'),
      position: { shape: [1], dtype: 'int32' as const },
    };
  }

  protected wireStep<V extends Value>(ids: V, inputs: V[]): V[] {
    const [mask, ...rest] = inputs as [V, ...V[]];
    const tensors = 2 * this.decoder.length;
    const step = this.step(ids, mask, rest.slice(0, tensors), rest.slice(tensors, -1), rest.at(-1)!);
    return [step.logits, ...step.crossAttentions, ...step.carried];
  }

  protected start(inputIds: Tensor2D, attentionMask: Tensor2D): DecoderState {
    const { decoderAttentionHeads: heads, dModel } = this.config;
    const shape = [inputIds.shape[0], heads, CACHE_SLOTS, dModel / heads]; // (B, H, C, K)
    return {
      memory: [attentionMask, ...this.wireEncoder<Tensor>(inputIds, attentionMask)],
      carried: this.decoder.flatMap(() => [zeros(shape), zeros(shape)]),
    };
  }

  decodingStep(ids: Tensor2D, { memory, carried }: DecoderState, position: number): DecodingStep {
    const [mask, ...keysAndValues] = memory as [Tensor, ...Tensor[]];
    const full = position >= carried[0]!.shape[2]!;
    const past = full ? carried.map((cache) => concat([cache, zerosLike(cache)], 2)) : carried;
    const step = this.step<Tensor>(ids, mask, keysAndValues, past, tensor1d([position], 'int32'));
    return {
      logits: reshape(step.logits, [ids.shape[0], -1]), // (N, V)
      carried: step.carried,
      crossAttentions: step.crossAttentions,
    };
  }
}
