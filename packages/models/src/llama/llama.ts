import { BaseDecoder } from '../decoder/base_decoder.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { CausalLM } from '../decoder/causal_lm.js';
import { type LlamaConfig, llamaSchema } from './config.js';
import { llama } from './family.js';

/** @see BaseDecoder */
export class LlamaModel extends BaseDecoder<LlamaConfig> {
  static readonly modelType = 'llama';
  static readonly schema = llamaSchema;
  static readonly family = llama;
  static readonly architecture = 'LlamaModel';
}

/** @see CausalLM */
export class LlamaForCausalLM extends CausalLM<LlamaConfig> {
  static readonly modelType = 'llama';
  static readonly schema = llamaSchema;
  static readonly family = llama;
  static readonly architecture = 'LlamaForCausalLM';
}

/** @see CausalClassification */
export class LlamaForSequenceClassification extends CausalClassification<LlamaConfig> {
  static readonly modelType = 'llama';
  static readonly schema = llamaSchema;
  static readonly family = llama;
  static readonly architecture = 'LlamaForSequenceClassification';
}
