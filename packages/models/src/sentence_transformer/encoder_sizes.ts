import type { EncoderConfig } from '../encoder/config.js';
import type { BaseEncoder } from '../encoder/heads/base_encoder.js';

/** Architectures whose positions begin behind that of the padding: see `TokenAndPositionEmbedding`. */
const padPositions = new Set(['roberta', 'xlm-roberta', 'camembert']);

export interface EncoderSizes {
  /** Of the states. */
  readonly width: number;
  /** How many tokens there are positions for. */
  readonly maxTokens: number;
}

export function encoderSizes(model: BaseEncoder): EncoderSizes {
  const config = model.config as EncoderConfig & { maxPositionEmbeddings: number };
  const { modelType, maxPositionEmbeddings, padTokenId } = config;
  const reserved = padPositions.has(modelType) ? (padTokenId ?? -1) + 1 : 0;
  const [states] = model.toLayersModel().outputs;
  return { width: states!.shape.at(-1)!, maxTokens: maxPositionEmbeddings - reserved };
}
