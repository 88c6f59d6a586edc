import type { TokenEmbedding } from '@chui/layers';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Body } from '../family/body.js';

/** What is to be known of a decoder to read its inputs, and to make a head for it. */
export interface DecoderSizes {
  readonly vocabSize: number;
  /** Width D of the states. */
  readonly width: number;
  /** Width E of the embeddings, where it is not D. */
  readonly embeddingWidth?: number;
  /** How many positions the model was made for; Infinity, where it has none. */
  readonly maxPositions: number;
  /** Learned positions, where there are; `offset` is the row of the first one. */
  readonly learnedPositions?: { readonly offset: number };
  /** Whether positions count what is no padding, from the mask, unless they are given. */
  readonly maskPositions?: boolean;
  /** Token whose embedding learns nothing from being looked up. */
  readonly padTokenId: number | null;
  /** Whether it reads on from a state, so that what it read cannot be taken back. */
  readonly isRecurrent?: boolean;
  /** Whether logits are products with the embeddings, or a layer's of its own. */
  readonly tied: boolean;
}

/** One step of decoding, on tensors. */
export interface DecoderStep {
  /** (B, T), some positions in a row. */
  inputIds: Tensor;
  /** (B, T), where each of them stands in its text. */
  positionIds: Tensor;
  /** (B, T), 1 where these are tokens; all are, if it is left out. */
  inputMask?: Tensor | undefined;
  /** (), the slot of the first of them in the cache. */
  slot: Tensor;
  /** (B, C), 1 at the slots of tokens, to which later ones may belong; where the cache has slots. */
  mask?: Tensor | undefined;
  /** What was kept of the positions before, as `emptyCache` makes it; it may be written in place, and then is what is put out. */
  cache: readonly Tensor[];
}

/** A decoder without a memory, as far as heads and generation go. It runs whole texts (`wire`) and some next positions (`step`). */
export interface Decoder extends Body {
  readonly sizes: DecoderSizes;
  readonly numLayers: number;
  /** The table of tokens. */
  readonly tokens: TokenEmbedding;
  /** States that logits are made of: (B, T, E), of some positions, and the cache that has them. */
  step(step: DecoderStep): { states: Tensor; cache: Tensor[] };
  /** A cache that has nothing yet; where it keeps something of each position, with so many slots for each row. */
  emptyCache(batch: number, capacity: number): Tensor[];
  /** Slots C of a cache; undefined, where it keeps nothing of single positions, and never is full. */
  capacity(cache: readonly Tensor[]): number | undefined;
  /** The same cache with twice as many slots. */
  grown(cache: readonly Tensor[]): Tensor[];
  /** Positions before its own that a position sees, where it does not see all. */
  readonly reach?: number | undefined;
  /** A cache without its first slots, and with as many empty ones behind; where there is a reach. */
  shifted?(cache: readonly Tensor[], count: number): Tensor[];
}
