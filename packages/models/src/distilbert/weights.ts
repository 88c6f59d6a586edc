import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of DistilBERT. */
export const distilBertWeights: WeightMap = {
  'embeddings/tokens': 'distilbert.embeddings.word_embeddings',
  'embeddings/positions': 'distilbert.embeddings.position_embeddings',
  'embeddings/norm': 'distilbert.embeddings.LayerNorm',
  'layer_{i}/self_attention/query': 'distilbert.transformer.layer.{i}.attention.q_lin',
  'layer_{i}/self_attention/key': 'distilbert.transformer.layer.{i}.attention.k_lin',
  'layer_{i}/self_attention/value': 'distilbert.transformer.layer.{i}.attention.v_lin',
  'layer_{i}/self_attention/output': 'distilbert.transformer.layer.{i}.attention.out_lin',
  'layer_{i}/self_attention_norm': 'distilbert.transformer.layer.{i}.sa_layer_norm',
  'layer_{i}/feed_forward/hidden': 'distilbert.transformer.layer.{i}.ffn.lin1',
  'layer_{i}/feed_forward/output': 'distilbert.transformer.layer.{i}.ffn.lin2',
  'layer_{i}/feed_forward_norm': 'distilbert.transformer.layer.{i}.output_layer_norm',
  token_transform: 'vocab_transform',
  token_norm: 'vocab_layer_norm',
  token_logits: 'vocab_projector',
  untied_logits: 'vocab_projector',
  classifier_dense: 'pre_classifier',
  classifier: 'classifier',
  answer: 'qa_outputs',
};
