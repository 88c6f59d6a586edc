import type { ModelFiles } from '@chui/hub';
import type { DecoderConfig, DecoderFamily } from '../decoder/family.js';
import type { EncoderConfig } from '../encoder/config.js';
import type { EncoderFamily } from '../encoder/family.js';
import { maxTokensOf } from '../encoder/transformer_encoder.js';
import type { FamilyConfig } from '../family/config.js';
import { AutoModel } from './auto_models.js';

/** How much a model has room for. */
export interface ModelSizes {
  /** Rows of its table of tokens. */
  readonly vocabSize: number;
  /** How many tokens there are positions for; Infinity, where there are no positions. */
  readonly maxTokens: number;
  /** Whether it is a decoder. */
  readonly isDecoder: boolean;
  readonly padTokenId: number | null;
}

/**
 * The sizes of a saved encoder or decoder, of any architecture and head, from its config.json alone.
 *
 * @throws Error naming the file, the key, the rule and what is there.
 */
export async function readModelSizes(files: ModelFiles): Promise<ModelSizes> {
  const { modelClass, config } = await AutoModel.readConfig(files);
  const { family } = modelClass as {
    family: DecoderFamily<DecoderConfig> | EncoderFamily<EncoderConfig>;
  };
  const { vocabSize, padTokenId } = config as FamilyConfig;
  const isDecoder = 'decoder' in family;
  const maxTokens = isDecoder
    ? family.decoder(config as DecoderConfig).sizes.maxPositions
    : maxTokensOf(family.encoder(config as EncoderConfig));
  return { vocabSize, maxTokens, isDecoder, padTokenId };
}
