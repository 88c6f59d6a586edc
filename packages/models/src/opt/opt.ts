import { BaseDecoder } from '../decoder/base_decoder.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { CausalLM } from '../decoder/causal_lm.js';
import { type OPTConfig, optSchema } from './config.js';
import { opt } from './family.js';

/** @see BaseDecoder */
export class OPTModel extends BaseDecoder<OPTConfig> {
  static readonly modelType = 'opt';
  static readonly schema = optSchema;
  static readonly family = opt;
  static readonly architecture = 'OPTModel';
}

/** @see CausalLM */
export class OPTForCausalLM extends CausalLM<OPTConfig> {
  static readonly modelType = 'opt';
  static readonly schema = optSchema;
  static readonly family = opt;
  static readonly architecture = 'OPTForCausalLM';
}

/** @see CausalClassification */
export class OPTForSequenceClassification extends CausalClassification<OPTConfig> {
  static readonly modelType = 'opt';
  static readonly schema = optSchema;
  static readonly family = opt;
  static readonly architecture = 'OPTForSequenceClassification';
}
