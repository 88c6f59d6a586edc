import type { layers } from '@tensorflow/tfjs-layers';
import type { EncoderConfig } from './config.js';
import type { TransformerEncoderOptions } from './transformer_encoder.js';
import type { WeightMap } from './weight_map.js';

/** Layers of one input and one output, one after the other. */
export type Chain = layers.Layer[];

/**
 * What one architecture's models are made of: its encoder, and the layers of its heads, which differ between them. Every chain
 * is made anew, for one model; its layers' names are those of `weights`.
 */
export interface EncoderFamily<C extends EncoderConfig> {
  /** What the names of the encoder's weights begin with in checkpoints of models with a head. */
  readonly prefix: string;
  /** Names in checkpoints, with the prefix. */
  readonly weights: WeightMap;
  /** The keys of its configuration; others of a file are kept as they are. */
  readonly configKeys: ReadonlySet<string>;
  /** Names under which checkpoints may hold a tied tensor again, or instead, and its own. */
  readonly duplicates: Readonly<Record<string, string>>;
  encoder(config: C): TransformerEncoderOptions;
  /** The blocks in its checkpoints, where there may be some that no layer is of. Default: one for each layer. */
  savedBlocks?(config: C): readonly string[];
  /** States (B, T, D) → (B, D), of the model without a head; none in some. */
  pooler(config: C): Chain;
  /** States (B, T, D) → (B, T, embedding width), which the tied table makes logits of. */
  tokenHead(config: C): Chain;
  /** The last layer of that head: a bias, or an untied layer. */
  tokenLogits(config: C): Chain;
  /** States (B, T, D) → (B, units), for classes of sequences. */
  sequenceHead(config: C, units: number): Chain;
  /** States (B, T, D) → (B, 1), the score of one choice. Default: that of sequences. */
  choiceHead?(config: C): Chain;
  /** States (B, T, D) → (B, T, units), for classes of tokens. */
  tokenClassHead(config: C, units: number): Chain;
  /** States (B, T, D) → (B, T, 2), for where an answer begins and ends. */
  answerHead(config: C): Chain;
}
