import {
  type Activation,
  EncoderBlock,
  FeedForward,
  Linear,
  MultiHeadAttention,
  sinusoidalTable,
  TokenAndPositionEmbedding,
} from '@chui/layers';
import { type Tensor, tensor2d, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Body, BodyInputs, BodyOutputs } from '../family/body.js';
import { apply, applyBlock, type Value, type WireOptions } from '../wiring.js';

/** What an encoder is made of. */
export interface TransformerEncoderOptions {
  readonly vocabSize: number;
  /** Width of the embeddings; if it is not `width`, or `projected` is set, a linear layer follows. Default: width. */
  readonly embeddingWidth?: number;
  readonly projected?: boolean;
  /** Width D of the states. */
  readonly width: number;
  readonly numLayers: number;
  readonly numHeads: number;
  /** Of the feed-forward networks. */
  readonly hiddenDim: number;
  readonly activation: Activation;
  /** Share of embeddings, and of what joins the states, that is dropped in training. */
  readonly dropout: number;
  /** Share of attention weights that is dropped in training. */
  readonly attentionDropout: number;
  /** Of a part's result, where it is not `dropout`. */
  readonly selfAttentionDropout?: number;
  readonly feedForwardDropout?: number;
  readonly epsilon: number;
  /** Rows of the table of positions. */
  readonly maxPositions: number;
  /** Kinds of segments; 0 if there are none. */
  readonly segments: number;
  readonly padTokenId: number | null;
  /** Whether the table of positions begins with sinusoids; it is trained all the same. */
  readonly sinusoidalPositions?: boolean;
  /** Whether positions count what is no padding: see `TokenAndPositionEmbedding`. */
  readonly padPositions?: boolean;
  /** The name of each layer's block; layers of one name share it. Default: `layer_0`, `layer_1`, … */
  readonly blocks?: readonly string[];
}

/** How many tokens an encoder has positions for. */
export const maxTokensOf = ({ maxPositions, padPositions, padTokenId }: TransformerEncoderOptions): number =>
  maxPositions - (padPositions ? padTokenId! + 1 : 0);

/**
 * The encoder of BERT and its family: embeddings, then blocks of self-attention and a feed-forward network with norms
 * behind their sums.
 *
 * @see Devlin et al. (2019), section 3, https://arxiv.org/abs/1810.04805
 */
export class TransformerEncoder implements Body {
  readonly embeddings: TokenAndPositionEmbedding;
  readonly layers: readonly layers.Layer[];
  readonly numLayers: number;
  private readonly projection?: Linear;
  /** The block of each layer. */
  private readonly blocks: readonly EncoderBlock[];

  constructor(options: TransformerEncoderOptions) {
    const { width, numHeads, embeddingWidth = width, dropout, epsilon, padTokenId } = options;
    this.numLayers = options.numLayers;
    this.embeddings = new TokenAndPositionEmbedding({
      name: 'embeddings',
      vocabSize: options.vocabSize,
      dim: embeddingWidth,
      maxLength: options.maxPositions,
      numSegments: options.segments,
      ...(padTokenId !== null && { padTokenId }),
      padPositions: options.padPositions ?? false,
      epsilon,
      dropout,
    });
    if (options.projected || embeddingWidth !== width) {
      this.projection = new Linear({ name: 'embedding_projection', units: width });
    }
    const names = options.blocks ?? Array.from({ length: options.numLayers }, (_, i) => `layer_${i}`);
    const { selfAttentionDropout = dropout, feedForwardDropout = dropout } = options;
    const blockOf = (name: string) =>
      new EncoderBlock({
        ...{ name, epsilon, dropout, selfAttentionDropout, feedForwardDropout },
        attention: new MultiHeadAttention({ numHeads, dropout: options.attentionDropout }),
        feedForward: new FeedForward({ hiddenDim: options.hiddenDim, activation: options.activation }),
      });
    const byName = new Map([...new Set(names)].map((name) => [name, blockOf(name)]));
    this.blocks = names.map((name) => byName.get(name)!);
    this.layers = [this.embeddings, ...(this.projection ? [this.projection] : []), ...byName.values()];
  }

  /** Writes the sinusoids of Vaswani et al. (2017), section 3.5, into the table of positions. */
  writeSinusoids(): void {
    const table = this.embeddings.positions.weights[0]!.read() as Variable;
    const [rows, width] = table.shape as [number, number];
    tidy(() => table.assign(tensor2d(sinusoidalTable(rows, width, 'interleaved'), [rows, width])));
  }

  /** @param options.returnWeights whether attention weights are put out, on tensors */
  wire<V extends Value>(
    inputs: BodyInputs<V>,
    options: WireOptions & { returnWeights?: boolean },
  ): BodyOutputs<V> {
    const { attentionMask } = inputs;
    const embedded = this.embed(inputs, options);
    let x = this.projection ? apply(this.projection, embedded) : embedded;
    const hiddenStates = [x];
    const attentions: V[] = [];
    for (const block of this.blocks) {
      const [y, weights] = applyBlock(block, attentionMask ? [x, attentionMask] : [x], options) as [V, V?];
      x = y;
      hiddenStates.push(x);
      if (weights) attentions.push(weights);
    }
    return { hiddenStates, attentions };
  }

  private embed<V extends Value>(
    { inputIds, inputsEmbeds, tokenTypeIds, positionIds }: BodyInputs<V>,
    { training = false }: WireOptions,
  ): V {
    if (inputIds && !positionIds) {
      return apply(this.embeddings, tokenTypeIds ? [inputIds, tokenTypeIds] : inputIds, { training });
    }
    const words = inputIds ? { ids: inputIds as Tensor } : { vectors: inputsEmbeds as Tensor };
    const [segments, positions] = [tokenTypeIds, positionIds] as [Tensor?, Tensor?];
    return this.embeddings.embed({ ...words, segments, positions, training }) as V;
  }
}
