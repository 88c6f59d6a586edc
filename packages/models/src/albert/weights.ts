import type { WeightMap } from '../family/weight_map.js';

const block = 'albert.encoder.albert_layer_groups.{i}.albert_layers.{j}';

/** Names in checkpoints of ALBERT. */
export const albertWeights: WeightMap = {
  'embeddings/tokens': 'albert.embeddings.word_embeddings',
  'embeddings/positions': 'albert.embeddings.position_embeddings',
  'embeddings/segment': 'albert.embeddings.token_type_embeddings',
  'embeddings/norm': 'albert.embeddings.LayerNorm',
  embedding_projection: 'albert.encoder.embedding_hidden_mapping_in',
  'group_{i}_{j}/self_attention/query': `${block}.attention.query`,
  'group_{i}_{j}/self_attention/key': `${block}.attention.key`,
  'group_{i}_{j}/self_attention/value': `${block}.attention.value`,
  'group_{i}_{j}/self_attention/output': `${block}.attention.dense`,
  'group_{i}_{j}/self_attention_norm': `${block}.attention.LayerNorm`,
  'group_{i}_{j}/feed_forward/hidden': `${block}.ffn`,
  'group_{i}_{j}/feed_forward/output': `${block}.ffn_output`,
  'group_{i}_{j}/feed_forward_norm': `${block}.full_layer_layer_norm`,
  pooler: 'albert.pooler',
  token_transform: 'predictions.dense',
  token_norm: 'predictions.LayerNorm',
  token_logits: 'predictions',
  untied_logits: 'predictions.decoder',
  sentence_order: 'sop_classifier.classifier',
  classifier: 'classifier',
  answer: 'qa_outputs',
};
