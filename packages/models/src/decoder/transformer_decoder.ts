import {
  type Attention,
  Dropout,
  EncoderBlock,
  type Layer,
  LearnedPositions,
  Linear,
  type NormPlacement,
  TokenEmbedding,
} from '@chui/layers';
import { scalar, slice, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { BodyInputs, BodyOutputs } from '../family/body.js';
import { apply, applyBlock, type Value, type WireOptions } from '../wiring.js';
import type { Decoder, DecoderSizes, DecoderStep } from './decoder.js';
import { doubled, shifted, slotsOf } from './slots.js';

/** What a decoder is made of. Layers are made anew, for one model. */
export interface TransformerDecoderOptions extends DecoderSizes {
  readonly numLayers: number;
  /** Shares that are dropped in training: of embeddings, and of what joins the states. */
  readonly embeddingDropout: number;
  readonly dropout: number;
  /** Self-attention of the i-th layer; it is causal. */
  attention(i: number): Attention;
  /** Positions before its own that a position sees in any layer, where all have a window. */
  readonly reach?: number | undefined;
  feedForward(): Layer;
  norm(): Layer;
  readonly placement: Exclude<NormPlacement, 'sandwich'>;
  /** Whether self-attention and the feed-forward network read the same states. */
  readonly parallel?: boolean;
}

/**
 * A decoder without a memory, as GPT's and Llama's: embeddings, blocks of causal self-attention and a feed-forward network with
 * norms before them, a norm, and logits. Linear layers stand behind embeddings of another width than the states, and before logits.
 *
 * @see Radford et al. (2019), section 2.3, for GPT-2; Touvron et al. (2023), https://arxiv.org/abs/2302.13971, for Llama
 */
export class TransformerDecoder implements Decoder {
  readonly tokens: TokenEmbedding;
  readonly layers: readonly layers.Layer[];
  readonly numLayers: number;
  private readonly projectIn?: Linear;
  private readonly projectOut?: Linear;
  private readonly positions?: LearnedPositions;
  private readonly dropout: Dropout;
  private readonly blocks: readonly EncoderBlock[];
  private readonly norm?: Layer;

  constructor(readonly sizes: TransformerDecoderOptions) {
    const { width, embeddingWidth = width, padTokenId, learnedPositions, placement, numLayers } = sizes;
    this.numLayers = numLayers;
    this.tokens = new TokenEmbedding({
      name: 'tokens',
      vocabSize: sizes.vocabSize,
      dim: embeddingWidth,
      ...(padTokenId !== null && { padTokenId }),
    });
    if (embeddingWidth !== width) {
      this.projectIn = new Linear({ name: 'project_in', units: width, useBias: false });
      this.projectOut = new Linear({ name: 'project_out', units: embeddingWidth, useBias: false });
    }
    if (learnedPositions) {
      const { offset } = learnedPositions;
      this.positions = new LearnedPositions({ name: 'positions', maxLength: sizes.maxPositions, offset });
    }
    this.dropout = new Dropout({ name: 'dropout', rate: sizes.embeddingDropout });
    this.blocks = Array.from(
      { length: numLayers },
      (_, i) =>
        new EncoderBlock({
          name: `layer_${i}`,
          attention: sizes.attention(i),
          feedForward: sizes.feedForward(),
          normLayer: sizes.norm(),
          norm: placement,
          parallel: sizes.parallel ?? false,
          dropout: sizes.dropout,
        }),
    );
    if (placement === 'pre') {
      this.norm = sizes.norm();
      this.norm.name = 'norm';
    }
    this.layers = [
      this.tokens,
      ...[this.projectIn, this.positions].filter((layer) => layer !== undefined),
      ...this.blocks,
      ...[this.norm, this.projectOut].filter((layer) => layer !== undefined),
    ];
  }

  /** Its last hidden states are what logits are made of, (B, T, E), behind the norm. */
  wire<V extends Value>(
    inputs: BodyInputs<V>,
    options: WireOptions & { returnWeights?: boolean },
  ): BodyOutputs<V> {
    const { attentionMask } = inputs;
    const embedded = inputs.inputsEmbeds ?? apply(this.tokens, inputs.inputIds!);
    let x = this.enter(embedded, inputs.positionIds, options);
    const hiddenStates: V[] = [];
    const attentions: V[] = [];
    for (const block of this.blocks) {
      hiddenStates.push(x);
      const [y, weights] = applyBlock(block, attentionMask ? [x, attentionMask] : [x], options) as [V, V?];
      x = y;
      if (weights) attentions.push(weights);
    }
    return { hiddenStates: [...hiddenStates, this.leave(x)], attentions };
  }

  step({ inputIds, positionIds, slot, mask, cache }: DecoderStep): { states: Tensor; cache: Tensor[] } {
    const length = positionIds.shape[1]!;
    const place = sub(slice(positionIds, [0, length - 1], [-1, 1]), scalar(length - 1, 'int32'));
    let x = this.enter(apply<Tensor>(this.tokens, inputIds), positionIds, {});
    const kept: Tensor[] = [];
    const each = cache.length / this.numLayers;
    this.blocks.forEach((block, i) => {
      const own = cache.slice(i * each, (i + 1) * each);
      const { y, cache: now } = block.step({ x, cache: own, position: slot, place, mask, inPlace: true });
      x = y;
      kept.push(...now);
    });
    return { states: this.leave(x), cache: kept };
  }

  emptyCache(batch: number, capacity: number): Tensor[] {
    return this.blocks.flatMap((block) => block.emptyCache(batch, capacity));
  }

  capacity([first]: readonly Tensor[]): number {
    return slotsOf(first!);
  }

  grown(cache: readonly Tensor[]): Tensor[] {
    return cache.map(doubled);
  }

  /** See `TransformerDecoderOptions`. */
  get reach(): number | undefined {
    return this.sizes.reach;
  }

  shifted(cache: readonly Tensor[], count: number): Tensor[] {
    return cache.map((part) => shifted(part, count));
  }

  private enter<V extends Value>(embedded: V, positionIds: V | undefined, { training }: WireOptions): V {
    const x = this.projectIn ? apply(this.projectIn, embedded) : embedded;
    const placed = this.positions ? apply(this.positions, positionIds ? [x, positionIds] : x) : x;
    return this.sizes.embeddingDropout > 0 ? apply(this.dropout, placed, { training }) : placed;
  }

  private leave<V extends Value>(x: V): V {
    const normal = this.norm ? apply(this.norm, x) : x;
    return this.projectOut ? apply(this.projectOut, normal) : normal;
  }
}
