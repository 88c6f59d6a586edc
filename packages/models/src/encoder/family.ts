import type { Chain, ModelFamily } from '../family/family.js';
import type { EncoderConfig } from './config.js';
import type { TransformerEncoderOptions } from './transformer_encoder.js';

export type { Chain };

/**
 * What one architecture's models are made of: its encoder, and the layers of its heads, which differ between them. Every chain
 * is made anew, for one model; its layers' names are those of `weights`.
 */
export interface EncoderFamily<C extends EncoderConfig> extends ModelFamily<C> {
  encoder(config: C): TransformerEncoderOptions;
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
