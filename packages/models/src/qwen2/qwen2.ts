import { BaseDecoder } from '../decoder/base_decoder.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { CausalLM } from '../decoder/causal_lm.js';
import { type Qwen2Config, qwen2Schema } from './config.js';
import { qwen2 } from './family.js';

/** @see BaseDecoder */
export class Qwen2Model extends BaseDecoder<Qwen2Config> {
  static readonly modelType = 'qwen2';
  static readonly schema = qwen2Schema;
  static readonly family = qwen2;
  static readonly architecture = 'Qwen2Model';
}

/** @see CausalLM */
export class Qwen2ForCausalLM extends CausalLM<Qwen2Config> {
  static readonly modelType = 'qwen2';
  static readonly schema = qwen2Schema;
  static readonly family = qwen2;
  static readonly architecture = 'Qwen2ForCausalLM';
}

/** @see CausalClassification */
export class Qwen2ForSequenceClassification extends CausalClassification<Qwen2Config> {
  static readonly modelType = 'qwen2';
  static readonly schema = qwen2Schema;
  static readonly family = qwen2;
  static readonly architecture = 'Qwen2ForSequenceClassification';
}
