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
import type { Body, BodyInputs, BodyOutputs } from '../family/body.js';
import { apply, applyBlock, type Value, type WireOptions } from '../wiring.js';

/** What a decoder is made of. Layers are made anew, for one model. */
export interface TransformerDecoderOptions {
  readonly vocabSize: number;
  /** Width D of the states. */
  readonly width: number;
  /** Width E of the embeddings, where it is not D; linear layers follow them, and stand before the logits. */
  readonly embeddingWidth?: number;
  readonly numLayers: number;
  /** How many positions the model was made for. */
  readonly maxPositions: number;
  /** Learned positions, where there are; `offset` is the row of the first one. */
  readonly learnedPositions?: { readonly offset: number };
  /** Whether positions count what is no padding, from the mask, unless they are given. */
  readonly maskPositions?: boolean;
  /** Token whose embedding learns nothing from being looked up. */
  readonly padTokenId: number | null;
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
  /** Whether logits are products with the embeddings, or a layer's of its own. */
  readonly tied: boolean;
}

/** One step of decoding, on tensors. */
export interface DecoderStep {
  /** (B, T), some positions in a row. */
  inputIds: Tensor;
  /** (B, T), where each of them stands in its text. */
  positionIds: Tensor;
  /** (), the slot of the first of them in the cache. */
  slot: Tensor;
  /** (B, C), 1 at the slots of tokens, to which later ones may belong. */
  mask: Tensor;
  /** Keys and values of each layer, as `emptyCache` makes them; they may be written in place, and then are what is put out. */
  cache: readonly Tensor[];
}

/**
 * A decoder without a memory, as GPT's and Llama's: embeddings, blocks of causal self-attention and a feed-forward network with
 * norms before them, a norm, and logits.
 *
 * @see Radford et al. (2019), section 2.3, for GPT-2; Touvron et al. (2023), https://arxiv.org/abs/2302.13971, for Llama
 */
export class TransformerDecoder implements Body {
  readonly tokens: TokenEmbedding;
  readonly layers: readonly layers.Layer[];
  readonly numLayers: number;
  private readonly projectIn?: Linear;
  private readonly projectOut?: Linear;
  private readonly positions?: LearnedPositions;
  private readonly dropout: Dropout;
  private readonly blocks: readonly EncoderBlock[];
  private readonly norm?: Layer;

  /** See `TransformerDecoderOptions`. */
  get reach(): number | undefined {
    return this.options.reach;
  }

  constructor(private readonly options: TransformerDecoderOptions) {
    const { width, embeddingWidth = width, padTokenId, learnedPositions, placement } = options;
    this.numLayers = options.numLayers;
    this.tokens = new TokenEmbedding({
      name: 'tokens',
      vocabSize: options.vocabSize,
      dim: embeddingWidth,
      ...(padTokenId !== null && { padTokenId }),
    });
    if (embeddingWidth !== width) {
      this.projectIn = new Linear({ name: 'project_in', units: width, useBias: false });
      this.projectOut = new Linear({ name: 'project_out', units: embeddingWidth, useBias: false });
    }
    if (learnedPositions) {
      const { offset } = learnedPositions;
      this.positions = new LearnedPositions({ name: 'positions', maxLength: options.maxPositions, offset });
    }
    this.dropout = new Dropout({ name: 'dropout', rate: options.embeddingDropout });
    this.blocks = Array.from(
      { length: options.numLayers },
      (_, i) =>
        new EncoderBlock({
          name: `layer_${i}`,
          attention: options.attention(i),
          feedForward: options.feedForward(),
          normLayer: options.norm(),
          norm: placement,
          parallel: options.parallel ?? false,
          dropout: options.dropout,
        }),
    );
    if (placement === 'pre') {
      this.norm = options.norm();
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
    const embedded = inputs.inputsEmbeds ?? apply(this.tokens, inputs.inputIds!);
    let x = this.enter(embedded, inputs.positionIds, options);
    const hiddenStates: V[] = [];
    const attentions: V[] = [];
    for (const block of this.blocks) {
      hiddenStates.push(x);
      const [y, weights] = applyBlock(block, [x, inputs.attentionMask], options) as [V, V?];
      x = y;
      if (weights) attentions.push(weights);
    }
    return { hiddenStates: [...hiddenStates, this.leave(x)], attentions };
  }

  /** States that logits are made of: (B, T, E), of some positions, and the cache that has them. */
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

  /** A cache of so many slots for each row. */
  emptyCache(batch: number, capacity: number): Tensor[] {
    return this.blocks.flatMap((block) => block.emptyCache(batch, capacity));
  }

  private enter<V extends Value>(embedded: V, positionIds: V | undefined, { training }: WireOptions): V {
    const x = this.projectIn ? apply(this.projectIn, embedded) : embedded;
    const placed = this.positions ? apply(this.positions, positionIds ? [x, positionIds] : x) : x;
    return this.options.embeddingDropout > 0 ? apply(this.dropout, placed, { training }) : placed;
  }

  private leave<V extends Value>(x: V): V {
    const normal = this.norm ? apply(this.norm, x) : x;
    return this.projectOut ? apply(this.projectOut, normal) : normal;
  }
}
