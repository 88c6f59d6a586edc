import type { FamilyConfig } from '../family/config.js';
import type { ModelFamily } from '../family/family.js';
import type { Decoder } from './decoder.js';

/** What the configuration of every decoder has. */
export interface DecoderConfig extends FamilyConfig {
  bosTokenId?: number | null | undefined;
  /** One token that ends a text, or several. */
  eosTokenId?: number | number[] | null | undefined;
}

/** What one architecture's models are made of. */
export interface DecoderFamily<C extends DecoderConfig> extends ModelFamily<C> {
  /** A model's decoder; its layers are made anew. */
  decoder(config: C): Decoder;
  /** Weights that begin at 1/√(2 · layers) of the deviation of others, by the ends of their own names: those that end a part. */
  readonly residualWeights?: RegExp;
}
