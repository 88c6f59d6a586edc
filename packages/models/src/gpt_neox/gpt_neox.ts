import { BaseDecoder } from '../decoder/base_decoder.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { CausalLM } from '../decoder/causal_lm.js';
import { type GPTNeoXConfig, gptNeoXSchema } from './config.js';
import { gptNeoX } from './family.js';

/** @see BaseDecoder */
export class GPTNeoXModel extends BaseDecoder<GPTNeoXConfig> {
  static readonly modelType = 'gpt_neox';
  static readonly schema = gptNeoXSchema;
  static readonly family = gptNeoX;
  static readonly architecture = 'GPTNeoXModel';
}

/** @see CausalLM */
export class GPTNeoXForCausalLM extends CausalLM<GPTNeoXConfig> {
  static readonly modelType = 'gpt_neox';
  static readonly schema = gptNeoXSchema;
  static readonly family = gptNeoX;
  static readonly architecture = 'GPTNeoXForCausalLM';
}

/** @see CausalClassification */
export class GPTNeoXForSequenceClassification extends CausalClassification<GPTNeoXConfig> {
  static readonly modelType = 'gpt_neox';
  static readonly schema = gptNeoXSchema;
  static readonly family = gptNeoX;
  static readonly architecture = 'GPTNeoXForSequenceClassification';
}
