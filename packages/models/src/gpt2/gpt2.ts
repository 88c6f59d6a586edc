import { BaseDecoder } from '../decoder/base_decoder.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { CausalLM } from '../decoder/causal_lm.js';
import { type GPT2Config, gpt2Schema } from './config.js';
import { gpt2 } from './family.js';

/** @see BaseDecoder */
export class GPT2Model extends BaseDecoder<GPT2Config> {
  static readonly modelType = 'gpt2';
  static readonly schema = gpt2Schema;
  static readonly family = gpt2;
  static readonly architecture = 'GPT2Model';
}

/** @see CausalLM */
export class GPT2LMHeadModel extends CausalLM<GPT2Config> {
  static readonly modelType = 'gpt2';
  static readonly schema = gpt2Schema;
  static readonly family = gpt2;
  static readonly architecture = 'GPT2LMHeadModel';
}

/** @see CausalClassification */
export class GPT2ForSequenceClassification extends CausalClassification<GPT2Config> {
  static readonly modelType = 'gpt2';
  static readonly schema = gpt2Schema;
  static readonly family = gpt2;
  static readonly architecture = 'GPT2ForSequenceClassification';
}
