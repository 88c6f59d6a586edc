import {
  Dropout,
  GRU,
  Linear,
  LSTM,
  PastAttention,
  type RecurrentLayer,
  type ScoredAttention,
  TokenEmbedding,
} from '@chui/layers';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Decoder, DecoderSizes, DecoderStep } from '../decoder/decoder.js';
import { doubled, slotsOf } from '../decoder/slots.js';
import type { BodyInputs, BodyOutputs } from '../family/body.js';
import { withHeads } from '../generation/decoding.js';
import { apply, applyBlock, type Value, type WireOptions } from '../wiring.js';

/** What a recurrent decoder is made of. Its attention is made anew, for one model. */
export interface RnnDecoderOptions extends DecoderSizes {
  /** Width E of the embeddings. */
  readonly embeddingWidth: number;
  readonly numLayers: number;
  readonly cell: 'lstm' | 'gru';
  /** What reads the states before each, if anything does. */
  readonly attention?: ScoredAttention | undefined;
  /** Share that is dropped in training of what each layer reads, and of what logits are made of. */
  readonly dropout: number;
}

const cells = { lstm: LSTM, gru: GRU };

/**
 * A recurrent decoder: embeddings, layers of LSTMs or GRUs, and, if there is an attention, what each of the last layer's states
 * reads of those before it. Tied logits of states of another width than the embeddings have a linear layer before them.
 *
 * Its cache has the last state of each layer, and of the attention slots with what it reads of each state.
 *
 * @see Zaremba et al. (2014), https://arxiv.org/abs/1409.2329, for layers and dropout; `PastAttention` for the attention
 */
export class RnnDecoder implements Decoder {
  readonly tokens: TokenEmbedding;
  readonly layers: readonly layers.Layer[];
  readonly numLayers: number;
  private readonly dropout: Dropout;
  private readonly recurrent: readonly RecurrentLayer[];
  private readonly attention?: PastAttention;
  private readonly projectOut?: Linear;

  constructor(readonly sizes: RnnDecoderOptions) {
    const { vocabSize, width, embeddingWidth, padTokenId, numLayers, attention, tied } = sizes;
    this.numLayers = numLayers;
    this.tokens = new TokenEmbedding({
      name: 'tokens',
      vocabSize,
      dim: embeddingWidth,
      ...(padTokenId !== null && { padTokenId }),
    });
    this.dropout = new Dropout({ name: 'dropout', rate: sizes.dropout });
    this.recurrent = Array.from(
      { length: numLayers },
      (_, i) => new cells[sizes.cell]({ name: `layer_${i}`, units: width }),
    );
    if (attention) this.attention = new PastAttention({ name: 'past_attention', attention });
    if (tied && embeddingWidth !== width) {
      this.projectOut = new Linear({ name: 'project_out', units: embeddingWidth, useBias: false });
    }
    this.layers = [
      this.tokens,
      ...this.recurrent,
      ...[this.attention, this.projectOut].filter((layer) => layer !== undefined),
    ];
  }

  /** Its last hidden states are what logits are made of, (B, T, E), or (B, T, U) where these are not tied. */
  wire<V extends Value>(
    { inputIds, inputsEmbeds, attentionMask: mask }: BodyInputs<V>,
    { returnWeights, ...options }: WireOptions,
  ): BodyOutputs<V> {
    const masked = (states: V) => (mask ? [states, mask] : [states]);
    let x = inputsEmbeds ?? apply(this.tokens, inputIds!); // (B, T, E)
    const hiddenStates: V[] = [];
    for (const layer of this.recurrent) {
      hiddenStates.push(x);
      x = applyBlock(layer, masked(this.drop(x, options)), options)[0]!; // (B, T, U)
    }
    const attentions: V[] = [];
    if (this.attention) {
      const [y, weights] = applyBlock(this.attention, masked(x), { ...options, returnWeights }) as [V, V?];
      x = y; // (B, T, U)
      if (weights) attentions.push(withHeads(weights as Tensor) as V); // (B, H, T, T)
    }
    return { hiddenStates: [...hiddenStates, this.leave(x, options)], attentions };
  }

  step({ inputIds, inputMask: mask, slot: position, mask: slotMask, cache }: DecoderStep) {
    let x = apply<Tensor>(this.tokens, inputIds);
    const kept: Tensor[] = [];
    this.recurrent.forEach((layer, i) => {
      const { length: parts } = layer.stateNames;
      const state = cache.slice(i * parts, (i + 1) * parts);
      const [h, ...last] = layer.read({ x, mask, state }) as [Tensor, ...Tensor[]];
      x = h;
      kept.push(...last);
    });
    if (this.attention) {
      const own = cache.slice(this.stateCount);
      const { y, cache: now } = this.attention.step({ x, cache: own, position, mask: slotMask });
      x = y;
      kept.push(...now);
    }
    return { states: this.leave(x, {}), cache: kept };
  }

  emptyCache(batch: number, capacity: number): Tensor[] {
    return [
      ...this.recurrent.flatMap((layer) => layer.emptyState(batch)),
      ...(this.attention?.emptyCache(batch, capacity) ?? []),
    ];
  }

  capacity(cache: readonly Tensor[]): number | undefined {
    return this.attention && slotsOf(cache.at(-1)!);
  }

  grown(cache: readonly Tensor[]): Tensor[] {
    return cache.map((part, i) => (i < this.stateCount ? part : doubled(part)));
  }

  /** How many tensors of the cache are states. */
  private get stateCount(): number {
    return this.numLayers * this.recurrent[0]!.stateNames.length;
  }

  private drop<V extends Value>(x: V, { training }: WireOptions): V {
    return this.sizes.dropout > 0 ? apply(this.dropout, x, { training }) : x;
  }

  private leave<V extends Value>(states: V, options: WireOptions): V {
    const x = this.drop(states, options);
    return this.projectOut ? apply(this.projectOut, x) : x;
  }
}
