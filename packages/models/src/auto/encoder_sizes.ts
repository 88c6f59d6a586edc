import type { ModelFiles } from '@chui/hub';
import type { EncoderConfig } from '../encoder/config.js';
import type { EncoderClass } from '../encoder/encoder_model.js';
import { maxTokensOf } from '../encoder/transformer_encoder.js';
import { AutoModel } from './auto_models.js';

/** How much an encoder has room for. */
export interface EncoderSizes {
  /** Rows of its table of tokens. */
  readonly vocabSize: number;
  /** How many tokens there are positions for. */
  readonly maxTokens: number;
}

/**
 * The sizes of a saved encoder, of any architecture and head, from its config.json alone.
 *
 * @throws Error naming the file, the key, the rule and what is there.
 */
export async function readEncoderSizes(files: ModelFiles): Promise<EncoderSizes> {
  const { modelClass, config } = await AutoModel.readConfig(files);
  const { family } = modelClass as unknown as EncoderClass<EncoderConfig>;
  const sizes = family.encoder(config as EncoderConfig);
  return { vocabSize: sizes.vocabSize, maxTokens: maxTokensOf(sizes) };
}
