import { randomUniform } from '@chui/runtime';
import {
  add,
  clipByValue,
  log,
  mul,
  reshape,
  type Scalar,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { input, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { constant } from '../../initializers.js';
import { register, type Shapes, serializeLayer } from '../../layer.js';
import { attentionShapes } from '../attention_shapes.js';
import { HeadedAttention, type HeadedAttentionArgs } from '../headed_attention.js';
import { MultiHeadAttention } from '../multi_head_attention.js';
import type { AttentionTraits } from '../traits.js';

export type HeadGatedAttentionArgs = HeadedAttentionArgs;

/** β, γ and ζ of the hard concrete distribution, as Louizos et al. (2018) have them. */
const [temperature, least, most] = [2 / 3, -0.1, 1.1];
/** log α at first: nearly every gate is open. */
const firstLogit = 2;

/**
 * Multi-head attention with a learned gate for each head: [g₁·head₁ … g_H·head_H] W_O + b_O. Trained with the expected number
 * of open gates in the loss, `loss + λ · attention.penalty()`, gates of heads that are not worth λ close for good; `pruned`
 * is the attention without them.
 *
 * Gates are hard concrete: g = clip(s·(ζ − γ) + γ, 0, 1) with s = σ(log α) when it is used, and in training
 * s = σ((log u − log(1 − u) + log α) / β), u being even in (0, 1), drawn for each head.
 *
 * - inputs, masks and outputs: see {@link Attention} and `MultiHeadAttention`
 * - weights: see `HeadProjections`; gate_logits log α (H)
 *
 * @throws RangeError if a size is not a positive integer
 * @see Voita et al. (2019), section 6, https://arxiv.org/abs/1905.09418; Louizos et al. (2018),
 *   https://arxiv.org/abs/1712.01312
 */
export class HeadGatedAttention extends HeadedAttention {
  static readonly className = 'ChuiHeadGatedAttention';
  static readonly traits: AttentionTraits = {
    formula: '[g₁·head₁ … g_H·head_H] W_O, head_h = softmax(Q_h K_hᵀ / √K) V_h',
    paper: { authors: 'Voita et al.', year: 2019, url: 'https://arxiv.org/abs/1905.09418' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + (T + S)·D²',
    memory: 'H·T·S',
  };
  private logits!: LayerVariable;
  private inputShapes!: Shape[];

  override build(shapes: Shapes): void {
    this.logits = this.weight('gate_logits', [this.numHeads], constant(firstLogit));
    super.build(shapes);
    this.inputShapes = attentionShapes(shapes).slice(0, 3) as Shape[];
  }

  /** Gates as they are when the layer is used, (H), each from 0 to 1. */
  gates(): Tensor {
    return tidy(() => stretched(sigmoid(this.logits.read())));
  }

  /** The expected number of gates that are not closed, which is differentiable: Σ σ(log α − β log(−γ / ζ)). */
  penalty(): Scalar {
    return tidy(() => sum(sigmoid(sub(this.logits.read(), temperature * Math.log(-least / most)))));
  }

  /**
   * Multi-head attention of the heads whose gates are not closed, which puts out the same when it is used; of one head that
   * reads nothing if all are closed. It has weights of its own.
   *
   * @throws Error if the layer is not built, or has positions that add to scores, which tell heads by their number
   */
  pruned(): MultiHeadAttention {
    if (!this.built) throw new Error(`${this.name} must be built before it is pruned`);
    if (this.positions && tidy(() => this.positions!.bias(1, 1) !== undefined)) {
      throw new Error(
        `positions must not add to scores to prune heads, but are ${this.positions.getClassName()}`,
      );
    }
    const gates = tidy(() => Array.from(this.gates().dataSync()));
    const open = gates.flatMap((gate, head) => (gate > 0 ? [head] : []));
    const heads = open.length > 0 ? open : [0];
    const { keyDim, valueDim } = this.projections;
    const { causal, dropout, returnWeights, scale, normalization, positions } = this;
    const attention = new MultiHeadAttention({
      ...this.projections.options,
      ...{ causal, dropout, returnWeights, keyDim, valueDim },
      ...(scale !== undefined && { scale }),
      ...(positions && { positions: serializeLayer(positions) }),
      normalization: serializeLayer(normalization),
      numHeads: heads.length,
    });
    attention.apply(this.inputShapes.map((batchShape) => input({ batchShape })));
    this.projections.copyHeads(attention.projections, heads, gates);
    return attention;
  }

  protected override gateHeads(heads: Tensor, { training }: { training: boolean }): Tensor {
    const [batch, length, width] = heads.shape as [number, number, number];
    const gates = training ? this.drawn() : stretched(sigmoid(this.logits.read()));
    const byHead = reshape(heads, [batch, length, this.numHeads, width / this.numHeads]);
    return reshape(mul(byHead, reshape(gates, [this.numHeads, 1])), [batch, length, width]);
  }

  /** Gates for a step of training. */
  private drawn(): Tensor {
    const even = randomUniform([this.numHeads], 1e-6, 1 - 1e-6);
    const noise = sub(log(even), log(sub(1, even)));
    return stretched(sigmoid(mul(add(noise, this.logits.read()), 1 / temperature)));
  }
}
register(HeadGatedAttention);

export const headGatedAttention = (args: HeadGatedAttentionArgs) => new HeadGatedAttention(args);

/** What reaches beyond 0 and 1, and is cut there: 0 and 1 themselves are then likely. */
function stretched(gates: Tensor): Tensor {
  return clipByValue(add(mul(gates, most - least), least), 0, 1);
}
