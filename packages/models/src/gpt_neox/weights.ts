import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of GPT-NeoX. */
export const gptNeoXWeights: WeightMap = {
  tokens: 'gpt_neox.embed_in',
  'layer_{i}/self_attention_norm': 'gpt_neox.layers.{i}.input_layernorm',
  'layer_{i}/self_attention/query_key_value': 'gpt_neox.layers.{i}.attention.query_key_value',
  'layer_{i}/self_attention/output': 'gpt_neox.layers.{i}.attention.dense',
  'layer_{i}/feed_forward_norm': 'gpt_neox.layers.{i}.post_attention_layernorm',
  'layer_{i}/feed_forward/hidden': 'gpt_neox.layers.{i}.mlp.dense_h_to_4h',
  'layer_{i}/feed_forward/output': 'gpt_neox.layers.{i}.mlp.dense_4h_to_h',
  norm: 'gpt_neox.final_layer_norm',
  lm_head: 'embed_out',
  score: 'score',
};
