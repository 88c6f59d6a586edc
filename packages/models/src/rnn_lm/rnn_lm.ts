import { CausalLM } from '../decoder/causal_lm.js';
import { type RnnLMConfig, rnnLMSchema } from './config.js';
import { rnnLM } from './family.js';

/**
 * A recurrent language model: embeddings, LSTMs or GRUs, with `attention` what the last one's states read of those before them,
 * and logits, without a bias. It is trained, saved and asked as any decoder, and has no limit of positions.
 *
 * @see CausalLM; Mikolov et al. (2010); Zaremba et al. (2014), https://arxiv.org/abs/1409.2329, for layers and dropout;
 *   Press and Wolf (2017), https://arxiv.org/abs/1608.05859, for tied logits; Daniluk et al. (2017),
 *   https://arxiv.org/abs/1702.04521, for attention
 */
export class RnnForCausalLM extends CausalLM<RnnLMConfig> {
  static readonly modelType = 'rnn_lm';
  static readonly schema = rnnLMSchema;
  static readonly family = rnnLM;
  static readonly architecture = 'RnnForCausalLM';
}
