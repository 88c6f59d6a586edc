import { cast, max, reshape, type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  Layer,
  type LayerArgs,
  partOf,
  positiveInteger,
  register,
  type Shapes,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../../layer.js';
import type { Normalization } from '../../normalization/normalization.js';
import { type NormalizationName, normalizationOf } from '../../normalization/normalization_of.js';
import { nonzero } from '../../ops/mask.js';
import { GRU } from '../../recurrent/gru.js';
import { AttentionPooling } from '../attention_pooling.js';
import { checkFlags } from '../attention_shapes.js';
import type { AttentionTraits } from '../traits.js';

/** What reads a sequence before it is pooled. */
export type SequenceEncoder = Layer | serialization.ConfigDict | 'none';

export interface HierarchicalAttentionArgs extends LayerArgs {
  /** Width U of one direction of the usual encoders; the hidden layers that score words and sentences are 2U wide. */
  units: number;
  /**
   * Makes states (B, T, E) of the words of a sentence, from x (B, T, D) or [x, mask (B, T)]; of several outputs the first is
   * taken. Default a `GRU` of both directions; `none` leaves words as they are.
   */
  wordEncoder?: SequenceEncoder;
  /** The same for the sentences of a document. */
  sentenceEncoder?: SequenceEncoder;
  /** What makes scores into weights, of words and of sentences: a name, or a part. Default `softmax`. */
  normalization?: NormalizationName | Normalization | serialization.ConfigDict;
  /** Whether to put out [document, word weights, sentence weights]. Default false. */
  returnWeights?: boolean;
}

/**
 * Hierarchical attention: words make sentences, sentences make a document. At both levels an encoder reads the sequence and
 * `AttentionPooling` makes one vector of it, so N sentences of W words cost N·W, and not (N·W)².
 *
 * - inputs: words (B, N, W, D), or [words, mask (B, N, W)], nonzero = there is a word; a sentence without words gets no weight,
 *   and a document without words is zeros
 * - output: document (B, E), with E = 2U of the usual encoders, or [document, word weights (B, N, W), sentence weights (B, N)]
 *   with `returnWeights`; the word weights of a sentence sum to 1, however little the sentence weighs
 * - weights: `word_encoder/…`, `word_attention/…`, `sentence_encoder/…` and `sentence_attention/…`, see `GRU` and
 *   `AttentionPooling`
 *
 * @throws RangeError if units is not a positive integer, words are not of rank 4, the mask is not of their shape, or one
 *   layer is to be both encoders
 * @throws TypeError if an encoder is not a layer of chui
 * @see Yang et al. (2016), https://aclanthology.org/N16-1174, where words are embedded by a matrix W_e before
 */
export class HierarchicalAttention extends Layer {
  static readonly className = 'ChuiHierarchicalAttention';
  static readonly traits: AttentionTraits = {
    formula: 'Σ α_i sᵢ, sᵢ = Σ α_it h_it, α = softmax(uᵀ tanh(W h + b))',
    paper: { authors: 'Yang et al.', year: 2016, url: 'https://aclanthology.org/N16-1174' },
    masks: 'slots',
    causal: false,
    cacheable: false,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'N·W·D·U',
    memory: 'N·W·U',
  };
  readonly units: number;
  readonly returnWeights: boolean;
  private readonly wordEncoder: Layer | undefined;
  private readonly wordAttention: AttentionPooling;
  private readonly sentenceEncoder: Layer | undefined;
  private readonly sentenceAttention: AttentionPooling;

  constructor({
    units,
    wordEncoder,
    sentenceEncoder,
    normalization = 'softmax',
    returnWeights = false,
    ...args
  }: HierarchicalAttentionArgs) {
    super(args);
    this.units = positiveInteger('units', units);
    this.returnWeights = returnWeights;
    // Each level has a normalisation of its own, of which one given as a part is the pattern.
    const pattern = serializeLayer(normalizationOf(normalization));
    const pooling = () =>
      new AttentionPooling({ units: 2 * units, normalization: pattern, returnWeights: true });
    this.wordEncoder = this.encoder('wordEncoder', 'word_encoder', wordEncoder);
    this.wordAttention = this.own('word_attention', pooling());
    if (sentenceEncoder instanceof Layer && sentenceEncoder === wordEncoder) {
      throw new RangeError('sentenceEncoder must be another layer than wordEncoder, but is the same');
    }
    this.sentenceEncoder = this.encoder('sentenceEncoder', 'sentence_encoder', sentenceEncoder);
    this.sentenceAttention = this.own('sentence_attention', pooling());
  }

  private encoder(option: string, name: string, given: SequenceEncoder | undefined): Layer | undefined {
    if (given === 'none') return undefined;
    const layer = given ?? new GRU({ units: this.units, direction: 'both' });
    return this.own(name, partOf(option, layer, 'none or a layer of chui', Layer));
  }

  override build(shapes: Shapes): void {
    const { words, sentences } = this.levels(shapes);
    if (this.wordEncoder) this.buildOwned(this.wordEncoder, words);
    this.buildOwned(this.wordAttention, encoded(this.wordEncoder, words));
    if (this.sentenceEncoder) this.buildOwned(this.sentenceEncoder, sentences);
    this.buildOwned(this.sentenceAttention, encoded(this.sentenceEncoder, sentences));
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensors {
    const [words, given] = [inputs].flat() as [Tensor, Tensor?];
    documentShape([inputs].flat().map(({ shape }) => shape));
    const [batch, count, length, width] = words.shape as [number, number, number, number];
    const read = (
      x: Tensor,
      mask: Tensor | undefined,
      encoder: Layer | undefined,
      pool: AttentionPooling,
    ) => {
      const states = encoder ? [encoder.call(mask ? [x, mask] : x, { training })].flat()[0]! : x;
      return pool.call(mask ? [states, mask] : states, { training }) as [pooled: Tensor, weights: Tensor];
    };
    return tidy(() => {
      const mask = given && cast(nonzero(given), 'int32');
      const [sentences, wordWeights] = read(
        reshape(words, [batch * count, length, width]),
        mask && reshape(mask, [batch * count, length]),
        this.wordEncoder,
        this.wordAttention,
      ); // (B·N, E), (B·N, W)
      const [document, sentenceWeights] = read(
        reshape(sentences, [batch, count, sentences.shape[1]!]),
        mask && max(mask, 2), // (B, N)
        this.sentenceEncoder,
        this.sentenceAttention,
      ); // (B, E), (B, N)
      return this.returnWeights
        ? [document, reshape(wordWeights, [batch, count, length]), sentenceWeights]
        : document;
    });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const [batch, count, length] = documentShape(shapes) as [number, number, number, number];
    const width = encoded(this.sentenceEncoder, this.levels(shapes).sentences)[2]!;
    return this.returnWeights
      ? [
          [batch, width],
          [batch, count, length],
          [batch, count],
        ]
      : [batch, width];
  }

  override getConfig(): serialization.ConfigDict {
    const { units, wordEncoder, sentenceEncoder, returnWeights } = this;
    return {
      ...super.getConfig(),
      units,
      wordEncoder: wordEncoder ? serializeLayer(wordEncoder) : 'none',
      sentenceEncoder: sentenceEncoder ? serializeLayer(sentenceEncoder) : 'none',
      normalization: serializeLayer(this.wordAttention.normalization),
      returnWeights,
    };
  }

  /** Shapes of the sequences of words (B·N, W, D) and of sentences (B, N, E). */
  private levels(shapes: Shapes): { words: Shape; sentences: Shape } {
    const [batch, count, length, width] = documentShape(shapes);
    const words = [null, length!, width!];
    return { words, sentences: [batch!, count!, encoded(this.wordEncoder, words)[2]!] };
  }
}
register(HierarchicalAttention);

export const hierarchicalAttention = (args: HierarchicalAttentionArgs) => new HierarchicalAttention(args);

/** Shape of what an encoder makes of a sequence. */
function encoded(encoder: Layer | undefined, sequence: Shape): Shape {
  return encoder ? shapeList(encoder.computeOutputShape(sequence))[0]! : sequence;
}

function documentShape(shapes: Shapes): Shape {
  const [words, mask] = shapeList(shapes) as [Shape, Shape?];
  if (words.length !== 4) {
    throw new RangeError(
      `words must be of rank 4 (batch, sentences, words, width), but have shape [${words}]`,
    );
  }
  if (mask) checkFlags('mask', mask, words.slice(0, 3));
  return words;
}
