import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of Llama and its relatives. */
export const llamaWeights: WeightMap = {
  tokens: 'model.embed_tokens',
  'layer_{i}/self_attention_norm': 'model.layers.{i}.input_layernorm',
  'layer_{i}/self_attention/query': 'model.layers.{i}.self_attn.q_proj',
  'layer_{i}/self_attention/key': 'model.layers.{i}.self_attn.k_proj',
  'layer_{i}/self_attention/value': 'model.layers.{i}.self_attn.v_proj',
  'layer_{i}/self_attention/output': 'model.layers.{i}.self_attn.o_proj',
  'layer_{i}/feed_forward_norm': 'model.layers.{i}.post_attention_layernorm',
  'layer_{i}/feed_forward/gate': 'model.layers.{i}.mlp.gate_proj',
  'layer_{i}/feed_forward/up': 'model.layers.{i}.mlp.up_proj',
  'layer_{i}/feed_forward/down': 'model.layers.{i}.mlp.down_proj',
  norm: 'model.norm',
  lm_head: 'lm_head',
  score: 'score',
};
