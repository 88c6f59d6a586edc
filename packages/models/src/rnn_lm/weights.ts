import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of recurrent language models. */
export const rnnLMWeights: WeightMap = {
  tokens: 'rnn.tokens',
  'layer_{i}/forward': 'rnn.layers.{i}',
  'layer_{i}/forward/recurrent': 'rnn.layers.{i}.recurrent',
  'past_attention/attention': 'rnn.attention',
  'past_attention/attention/query': 'rnn.attention.query',
  'past_attention/attention/key': 'rnn.attention.key',
  'past_attention/attention/value': 'rnn.attention.value',
  'past_attention/attention/output': 'rnn.attention.output',
  'past_attention/attention/score': 'rnn.attention.score',
  'past_attention/output': 'rnn.attend_output',
  project_out: 'rnn.project_out',
  lm_head: 'lm_head',
};
