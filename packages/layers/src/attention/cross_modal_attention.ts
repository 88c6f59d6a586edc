import { type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  Layer,
  type LayerArgs,
  register,
  type Shapes,
  sequenceShape,
  shapeList,
  type Tensors,
} from '../layer.js';
import { checkMask } from './attention_shapes.js';
import { MultiHeadAttention } from './multi_head_attention.js';
import type { AttentionTraits } from './traits.js';

export interface CrossModalAttentionArgs extends LayerArgs {
  /** Heads H of both attentions. */
  numHeads: number;
  /** Width K of every head's queries, keys and values, in which the modalities meet. */
  keyDim: number;
  /** Whether the projections have biases. Default true. */
  useBias?: boolean;
  /** Share of the weights that is dropped in training. Default 0. */
  dropout?: number;
  /** Whether to put out the weights of both attentions too. Default false. */
  returnWeights?: boolean;
}

/**
 * Cross-modal attention, or co-attention: two sequences of widths of their own, such as words and regions of an image, each
 * attend to the other: a′ = attention(a, b), b′ = attention(b, a), two multi-head attentions with weights of their own.
 *
 * - inputs: [a (B, N, Da), b (B, M, Db)] or [a, b, aMask (B, N), bMask (B, M)], nonzero = may be attended to
 * - outputs: [a′ (B, N, Da), b′ (B, M, Db)], with `returnWeights` followed by (B, H, N, M) and (B, H, M, N)
 * - weights: `a/…` of the attention whose queries are a's, `b/…`, see `MultiHeadAttention`
 *
 * @throws RangeError if a size is not a positive integer or the inputs are not such a list
 * @see Lu et al. (2019), ViLBERT, section 3.1, https://arxiv.org/abs/1908.02265; Tan and Bansal (2019), LXMERT,
 *   https://arxiv.org/abs/1908.07490, uses the same weights both ways
 */
export class CrossModalAttention extends Layer {
  static readonly className = 'ChuiCrossModalAttention';
  static readonly traits: AttentionTraits = {
    formula: 'a′ = multiHead(a, b, b), b′ = multiHead(b, a, a)',
    paper: { authors: 'Lu et al.', year: 2019, url: 'https://arxiv.org/abs/1908.02265' },
    masks: 'slots',
    causal: false,
    cacheable: false,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + (T + S)·D²',
    memory: 'H·T·S',
  };
  private readonly a: MultiHeadAttention;
  private readonly b: MultiHeadAttention;
  private readonly options: Required<Omit<CrossModalAttentionArgs, keyof LayerArgs>>;

  constructor({
    numHeads,
    keyDim,
    useBias = true,
    dropout = 0,
    returnWeights = false,
    ...args
  }: CrossModalAttentionArgs) {
    super(args);
    this.options = { numHeads, keyDim, useBias, dropout, returnWeights };
    this.a = this.own('a', new MultiHeadAttention(this.options));
    this.b = this.own('b', new MultiHeadAttention(this.options));
  }

  override build(shapes: Shapes): void {
    const [a, b] = modalities(shapes);
    this.buildOwned(this.a, [a, b, b]);
    this.buildOwned(this.b, [b, a, a]);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor[] {
    const [a, b, aMask, bMask] = inputs as [Tensor, Tensor, Tensor?, Tensor?];
    modalities((inputs as Tensor[]).map(({ shape }) => shape));
    return tidy(() => {
      const ofA = [this.a.call(bMask ? [a, b, b, bMask] : [a, b, b], { training })].flat() as [
        Tensor,
        Tensor?,
      ];
      const ofB = [this.b.call(aMask ? [b, a, a, aMask] : [b, a, a], { training })].flat() as [
        Tensor,
        Tensor?,
      ];
      const weights = this.options.returnWeights ? [ofA[1]!, ofB[1]!] : [];
      return [ofA[0], ofB[0], ...weights];
    });
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const [a, b] = modalities(shapes);
    const { numHeads, returnWeights } = this.options;
    const weights = [
      [a[0]!, numHeads, a[1]!, b[1]!],
      [a[0]!, numHeads, b[1]!, a[1]!],
    ];
    return [a, b, ...(returnWeights ? weights : [])];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.options };
  }
}
register(CrossModalAttention);

export const crossModalAttention = (args: CrossModalAttentionArgs) => new CrossModalAttention(args);

/** The shapes of both sequences, checked, and of their masks. */
function modalities(shapes: Shapes): [a: Shape, b: Shape] {
  const [first, second, ...masks] = shapeList(shapes);
  if (!second || (masks.length !== 0 && masks.length !== 2)) {
    throw new RangeError(
      `inputs must be [a, b] or [a, b, aMask, bMask], but are ${shapeList(shapes).length}`,
    );
  }
  const sequences: [Shape, Shape] = [sequenceShape('a', first!), sequenceShape('b', second)];
  masks.forEach((mask, i) => {
    const [batch, length] = sequences[i]! as [number, number];
    checkMask(i === 0 ? 'aMask' : 'bMask', mask, [batch, null, length]);
  });
  return sequences;
}
