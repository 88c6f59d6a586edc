import { ones, type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { dropoutRate, Layer, type LayerArgs, type Shapes, type Tensors } from '../layer.js';
import { attentionShapes, checkMask } from './attention_shapes.js';

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
  key?: T | undefined;
  /** (B, S, Dv); the key if left out */
  value?: T | undefined;
  /** 1 = may attend; (B, S), (B, T, S) or (B, H, T, S), where axes may be 1 */
  mask?: T | undefined;
  /** Added to the scores; (B, T, S) or (B, H, T, S), where axes may be 1 */
  bias?: T | undefined;
}

/** The inputs of a call, all of them known. */
export interface CalledInputs extends AttentionInputs<Tensor> {
  key: Tensor;
  value: Tensor;
}

/** How a call is made. */
export interface CallArgs {
  training?: boolean;
  /** Whether to put out the weights too, on tensors; as the layer was made, if left out. */
  returnWeights?: boolean | undefined;
}

/** How an attention computes a call. */
export type ComputeOptions = { readonly [K in keyof CallArgs]-?: boolean };

/** What one reading of a memory gives. */
export interface AttentionResult {
  /** (B, T, D) */
  readonly context: Tensor;
  /** (B, T, S), or (B, H, T, S) of an attention with heads, before dropout */
  readonly weights: Tensor;
}

/** Some positions of a sequence, one in most steps, and what was kept of the positions before them. */
export interface CachedInputs {
  /** (B, T, Dq), which is key and value as well */
  query: Tensor;
  /** What `emptyCache` made, or the step before. */
  cache: readonly Tensor[];
  /**
   * Slot of the first of these positions, int32, all slots being below the capacity: one for all, () or (1), or one for each
   * row, (B) or (B, 1).
   */
  position: Tensor;
  /** Where the first of them stands in its text, as rotary positions turn it: as `position`, which it is if left out. */
  place?: Tensor | undefined;
  /** Further restriction on the C slots: (B, C), (B, T, C) or (B, H, T, C), where axes may be 1. */
  mask?: Tensor | undefined;
  /** Added to the scores: (B, T, C) or (B, H, T, C). */
  bias?: Tensor | undefined;
  /**
   * Whether the cache may be written where it is, if there is a way to, and is then the one that is put out. Nothing else may share
   * its memory. Default false.
   */
  inPlace?: boolean | undefined;
}

/** What these positions read, and the cache that has them. */
export interface CachedResult {
  /** (B, T, D) */
  readonly context: Tensor;
  /** (B, T, C) or (B, H, T, C), of a cache that has slots, unless it was written in place. */
  readonly weights?: Tensor;
  readonly cache: Tensor[];
}

/**
 * Base of every attention: each query reads the values by weights that it and the keys decide on.
 *
 * - inputs, one list: query (B, T, Dq), key (B, S, Dk), value (B, S, Dv), optional mask, optional bias. The mask is
 *   int32, bool or float32, nonzero = may attend, and its rank says what it is: (B, S), (B, T, S) or (B, H, T, S), where
 *   axes may be 1. A query that may attend to nothing gets zeros. The bias, float32, is added to the scores, as positions
 *   relative to each other need it. Pass masks as inputs: tfjs hands a layer only its first input's implicit mask.
 * - output: the context, or [context, weights] with `returnWeights`.
 *
 * `attend` names the inputs.
 *
 * @throws RangeError if an input is of another rank, keys and values differ in number, or a mask fits no pair of them.
 */
export abstract class Attention extends Layer {
  readonly returnWeights: boolean;
  readonly causal: boolean;
  readonly dropout: number;

  /** @param heads number of heads, whose axis the weights then have */
  constructor(
    { returnWeights = false, causal = false, dropout: rate = 0, ...args }: AttentionArgs = {},
    protected readonly heads?: number,
  ) {
    super(args);
    this.returnWeights = returnWeights;
    this.causal = causal;
    this.dropout = dropoutRate('dropout', rate);
  }

  /** Slots that the attention has besides those of its inputs, which stand last in the weights. */
  protected get ownSlots(): number {
    return 0;
  }

  /** Width of the context. */
  protected abstract contextWidth(query: Shape, value: Shape): number | null;
  /** The context, and the weights where they are asked for. */
  protected abstract compute(
    inputs: CalledInputs,
    options: ComputeOptions,
  ): Pick<AttentionResult, 'context'> & Partial<AttentionResult>;

  /** A cache of so many slots that holds nothing yet, for `attendCached`; the layer must be built. */
  abstract emptyCache(batch: number, capacity: number): Tensor[];
  /**
   * Causal self-attention of one position, for decoding step by step: keeps what later positions need of this one, and
   * attends to the positions up to it. Shapes stay the same from step to step, and nothing is read back. Attentions that
   * score all pairs take several positions in a row, such as those of a prompt.
   *
   * @throws Error if this attention cannot decode step by step: see its traits
   */
  abstract attendCached(inputs: CachedInputs): CachedResult;

  /** Applies the layer to named inputs; self-attention if only the query is given. */
  attend(inputs: AttentionInputs<Tensor>, options?: { training?: boolean }): Tensors;
  attend(inputs: AttentionInputs<SymbolicTensor>): SymbolicTensor | SymbolicTensor[];
  attend<T extends Tensor | SymbolicTensor>(
    { query, key = query, value = key, mask, bias }: AttentionInputs<T>,
    options: { training?: boolean } = {},
  ): Tensors | SymbolicTensor | SymbolicTensor[] {
    const list: T[] = mask ? [query, key, value, mask] : [query, key, value];
    if (!bias) return this.apply(list as Tensor[], options);
    if (mask) return this.apply([...list, bias] as Tensor[], options);
    if (!('dataSync' in bias)) throw new RangeError('mask must be given with a symbolic bias, but is not');
    return tidy(() => this.apply([...(list as Tensor[]), ones([1, 1]), bias], options) as Tensors);
  }

  override build(shapes: Shapes): void {
    attentionShapes(shapes);
    super.build(shapes);
  }

  override call(
    inputs: Tensors,
    { training = false, returnWeights = this.returnWeights }: CallArgs = {},
  ): Tensors {
    const [query, key, value, mask, bias] = inputs as [Tensor, Tensor, Tensor, Tensor?, Tensor?];
    this.check((inputs as Tensor[]).map(({ shape }) => shape));
    return tidy(() => {
      const { context, weights } = this.compute(
        { query, key, value, mask, bias },
        { training, returnWeights },
      );
      return returnWeights ? [context, weights!] : context;
    });
  }

  /** Shapes of the context and of the weights, whether or not the layer puts the weights out. */
  resultShapes(shapes: Shapes): [context: Shape, weights: Shape] {
    const [query, key, value] = this.check(shapes);
    const heads = this.heads ? [this.heads] : [];
    return [
      [query[0]!, query[1]!, this.contextWidth(query, value)],
      [query[0]!, ...heads, query[1]!, key[1] == null ? null : key[1] + this.ownSlots],
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

  private check(shapes: Shapes): [query: Shape, key: Shape, value: Shape] {
    const [query, key, value, mask, bias] = attentionShapes(shapes);
    const pairs = [query[0]!, ...(this.heads ? [this.heads] : []), query[1]!, key[1]!];
    if (mask) checkMask('mask', mask, pairs);
    if (bias) checkMask('bias', bias, pairs);
    return [query, key, value];
  }
}
