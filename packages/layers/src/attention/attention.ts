import { attendsInOnePass, dropout } from '@chui/runtime';
import { expandDims, type serialization, squeeze, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { dropoutRate, Layer, type LayerArgs, type Shapes, sequenceShape, type Tensors } from '../layer.js';
import { type AttentionMask, attentionMask, causalMask } from '../ops/mask.js';
import { maskedSoftmax } from '../ops/masked_softmax.js';

/** What every attention's constructor takes. */
export interface AttentionArgs extends LayerArgs {
  /** Whether to put out [context, weights] instead of the context alone. */
  returnWeights?: boolean;
  /** Whether query t is kept from slots after t. */
  causal?: boolean;
  /** Share of the weights that is dropped in training. */
  dropout?: number;
}

/** What an attention reads, as tensors or as symbolic tensors. */
export interface AttentionInputs<T> {
  /** (B, T, Dq) */
  query: T;
  /** (B, S, Dk); the query if left out */
  key?: T;
  /** (B, S, Dv); the key if left out */
  value?: T;
  /** 1 = may attend; (B, S), (B, T, S) or (B, H, T, S), where axes may be 1 */
  mask?: T;
}

/** Keys and values as an attention reads them, projected once for all the queries of a sequence. */
export interface Memory {
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly mask?: AttentionMask;
}

/** What one reading of a memory gives. */
export interface AttentionResult {
  /** (B, T, D) */
  readonly context: Tensor;
  /** (B, T, S), or (B, H, T, S) of an attention with heads; rows sum to 1 before dropout */
  readonly weights: Tensor;
}

/**
 * Base of every attention: weights = normalise(score(query, key), mask); context = weights · value.
 *
 * - inputs, one list: query (B, T, Dq), key (B, S, Dk), value (B, S, Dv), optional mask. The mask is int32, bool or
 *   float32, nonzero = may attend, and its rank says what it is: (B, S), (B, T, S) or (B, H, T, S), where axes may
 *   be 1. A query that may attend to nothing gets zeros. Pass masks as inputs: tfjs hands a layer only its first
 *   input's implicit mask.
 * - output: the context, or [context, weights] with `returnWeights`.
 *
 * `attend` names the inputs. A decoder that asks the same memory again at every step calls `prepare` once and `step`
 * each time, inside `tf.tidy`; a step is its own sequence, so `causal` does not bear on it.
 *
 * @throws RangeError if an input is of another rank, or keys and values differ in number.
 */
export abstract class Attention extends Layer {
  readonly returnWeights: boolean;
  readonly causal: boolean;
  readonly dropout: number;

  /** @param heads number of heads, whose axis the weights then have */
  constructor(
    { returnWeights = false, causal = false, dropout: rate = 0, ...args }: AttentionArgs = {},
    private readonly heads?: number,
  ) {
    super(args);
    this.returnWeights = returnWeights;
    this.causal = causal;
    this.dropout = dropoutRate('dropout', rate);
  }

  /** Width of the context. */
  protected abstract contextWidth(query: Shape, value: Shape): number | null;
  /** The keys' part of the score, which does not depend on the query. */
  protected abstract projectKeys(key: Tensor): Tensor;
  /** The values as `read` takes them. */
  protected abstract projectValues(value: Tensor): Tensor;
  /** Scores of queries (B, T, Dq) against projected keys: (B, T, S), or (B, H, T, S). */
  protected abstract scores(query: Tensor, keys: Tensor): Tensor;
  /** The context (B, T, D) that the weights take from a memory's values. */
  protected abstract read(weights: Tensor, memory: Memory): Tensor;

  /** The context alone, of attentions that `attendInOnePass` can compute. */
  protected inOnePass?(inputs: AttentionInputs<Tensor>): Tensor;

  /** Applies the layer to named inputs; self-attention if only the query is given. */
  attend(inputs: AttentionInputs<Tensor>, options?: { training?: boolean }): Tensors;
  attend(inputs: AttentionInputs<SymbolicTensor>): SymbolicTensor | SymbolicTensor[];
  attend<T extends Tensor | SymbolicTensor>(
    { query, key = query, value = key, mask }: AttentionInputs<T>,
    options: { training?: boolean } = {},
  ): Tensors | SymbolicTensor | SymbolicTensor[] {
    const inputs = mask ? [query, key, value, mask] : [query, key, value];
    return this.apply(inputs as Tensor[] | SymbolicTensor[], options);
  }

  /** Projects keys and values for any number of steps. The layer must be built. */
  prepare({ key, value = key, mask }: { key: Tensor; value?: Tensor; mask?: Tensor }): Memory {
    return {
      keys: this.projectKeys(key),
      values: this.projectValues(value),
      mask: mask && attentionMask(mask, this.heads ? 4 : 3),
    };
  }

  /** Attends to a prepared memory with queries (B, T, Dq), or with one query (B, Dq), whose results lack the axis T. */
  step(query: Tensor, memory: Memory, { training = false } = {}): AttentionResult {
    if (query.rank === 2) {
      const { context, weights } = this.step(expandDims(query, 1), memory, { training });
      return { context: squeeze(context, [1]), weights: squeeze(weights, [weights.rank - 2]) };
    }
    const weights = maskedSoftmax(this.scores(query, memory.keys), memory.mask);
    const kept = this.dropout > 0 ? dropout(weights, this.dropout, { training }) : weights;
    return { context: this.read(kept, memory), weights };
  }

  override build(shapes: Shapes): void {
    attentionShapes(shapes);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensors {
    attentionShapes((inputs as Tensor[]).map(({ shape }) => shape));
    const [query, key, value, given] = inputs as [Tensor, Tensor, Tensor, Tensor?];
    return tidy(() => {
      const mask = this.causal ? causalMask(query.shape[1]!, key.shape[1]!, given) : given;
      if (this.inOnePass && !this.returnWeights && !(training && this.dropout > 0) && attendsInOnePass()) {
        return this.inOnePass({ query, key, value, mask });
      }
      const { context, weights } = this.step(query, this.prepare({ key, value, mask }), { training });
      return this.returnWeights ? [context, weights] : context;
    });
  }

  /** Shapes of the context and of the weights, whether or not the layer puts the weights out. */
  resultShapes(shapes: Shapes): [context: Shape, weights: Shape] {
    const [query, key, value] = attentionShapes(shapes);
    const heads = this.heads ? [this.heads] : [];
    return [
      [query[0]!, query[1]!, this.contextWidth(query, value)],
      [query[0]!, ...heads, query[1]!, key[1]!],
    ];
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const [context, weights] = this.resultShapes(shapes);
    return this.returnWeights ? [context, weights] : context;
  }

  override getConfig(): serialization.ConfigDict {
    const { returnWeights, causal, dropout } = this;
    return { ...super.getConfig(), returnWeights, causal, dropout };
  }
}

/** The shapes of query, key and value, checked. */
export function attentionShapes(shapes: Shapes): [query: Shape, key: Shape, value: Shape] {
  const list = shapes as Shape[];
  if (!Array.isArray(list[0]) || list.length < 3 || list.length > 4) {
    throw new RangeError(
      `inputs must be [query, key, value, mask?], but have the shape${list.length === 1 ? '' : 's'} ${JSON.stringify(shapes)}`,
    );
  }
  const [query, key, value] = list as [Shape, Shape, Shape];
  for (const [name, shape] of Object.entries({ query, key, value })) sequenceShape(name, shape);
  if (key[1] !== value[1] && key[1] != null && value[1] != null) {
    throw new RangeError(`value must have as many slots as the key, ${key[1]}, but has ${value[1]}`);
  }
  return [query, key, value];
}
