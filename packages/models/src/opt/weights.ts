import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of OPT. */
export const optWeights: WeightMap = {
  tokens: 'model.decoder.embed_tokens',
  positions: 'model.decoder.embed_positions',
  project_in: 'model.decoder.project_in',
  project_out: 'model.decoder.project_out',
  'layer_{i}/self_attention_norm': 'model.decoder.layers.{i}.self_attn_layer_norm',
  'layer_{i}/self_attention/query': 'model.decoder.layers.{i}.self_attn.q_proj',
  'layer_{i}/self_attention/key': 'model.decoder.layers.{i}.self_attn.k_proj',
  'layer_{i}/self_attention/value': 'model.decoder.layers.{i}.self_attn.v_proj',
  'layer_{i}/self_attention/output': 'model.decoder.layers.{i}.self_attn.out_proj',
  'layer_{i}/feed_forward_norm': 'model.decoder.layers.{i}.final_layer_norm',
  'layer_{i}/feed_forward/hidden': 'model.decoder.layers.{i}.fc1',
  'layer_{i}/feed_forward/output': 'model.decoder.layers.{i}.fc2',
  norm: 'model.decoder.final_layer_norm',
  lm_head: 'lm_head',
  score: 'score',
};
