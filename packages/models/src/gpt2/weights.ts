import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of GPT-2. */
export const gpt2Weights: WeightMap = {
  tokens: 'transformer.wte',
  positions: 'transformer.wpe',
  'layer_{i}/self_attention_norm': 'transformer.h.{i}.ln_1',
  'layer_{i}/self_attention/query_key_value': { conv1d: 'transformer.h.{i}.attn.c_attn' },
  'layer_{i}/self_attention/output': { conv1d: 'transformer.h.{i}.attn.c_proj' },
  'layer_{i}/feed_forward_norm': 'transformer.h.{i}.ln_2',
  'layer_{i}/feed_forward/hidden': { conv1d: 'transformer.h.{i}.mlp.c_fc' },
  'layer_{i}/feed_forward/output': { conv1d: 'transformer.h.{i}.mlp.c_proj' },
  norm: 'transformer.ln_f',
  lm_head: 'lm_head',
  score: 'score',
};
