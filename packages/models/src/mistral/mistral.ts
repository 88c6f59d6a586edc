import { BaseDecoder } from '../decoder/base_decoder.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { CausalLM } from '../decoder/causal_lm.js';
import { type MistralConfig, mistralSchema } from './config.js';
import { mistral } from './family.js';

/** @see BaseDecoder */
export class MistralModel extends BaseDecoder<MistralConfig> {
  static readonly modelType = 'mistral';
  static readonly schema = mistralSchema;
  static readonly family = mistral;
  static readonly architecture = 'MistralModel';
}

/** @see CausalLM */
export class MistralForCausalLM extends CausalLM<MistralConfig> {
  static readonly modelType = 'mistral';
  static readonly schema = mistralSchema;
  static readonly family = mistral;
  static readonly architecture = 'MistralForCausalLM';
}

/** @see CausalClassification */
export class MistralForSequenceClassification extends CausalClassification<MistralConfig> {
  static readonly modelType = 'mistral';
  static readonly schema = mistralSchema;
  static readonly family = mistral;
  static readonly architecture = 'MistralForSequenceClassification';
}
