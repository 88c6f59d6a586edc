import type { WeightMap } from '../family/weight_map.js';

/** Names of the encoder's parts in checkpoints that begin with some prefix, as BERT and its nearest relatives have them. */
export const encoderWeights = (prefix: string): WeightMap => ({
  'embeddings/tokens': `${prefix}.embeddings.word_embeddings`,
  'embeddings/positions': `${prefix}.embeddings.position_embeddings`,
  'embeddings/segment': `${prefix}.embeddings.token_type_embeddings`,
  'embeddings/norm': `${prefix}.embeddings.LayerNorm`,
  'layer_{i}/self_attention/query': `${prefix}.encoder.layer.{i}.attention.self.query`,
  'layer_{i}/self_attention/key': `${prefix}.encoder.layer.{i}.attention.self.key`,
  'layer_{i}/self_attention/value': `${prefix}.encoder.layer.{i}.attention.self.value`,
  'layer_{i}/self_attention/output': `${prefix}.encoder.layer.{i}.attention.output.dense`,
  'layer_{i}/self_attention_norm': `${prefix}.encoder.layer.{i}.attention.output.LayerNorm`,
  'layer_{i}/feed_forward/hidden': `${prefix}.encoder.layer.{i}.intermediate.dense`,
  'layer_{i}/feed_forward/output': `${prefix}.encoder.layer.{i}.output.dense`,
  'layer_{i}/feed_forward_norm': `${prefix}.encoder.layer.{i}.output.LayerNorm`,
});

/** Names in checkpoints of BERT. */
export const bertWeights: WeightMap = {
  ...encoderWeights('bert'),
  pooler: 'bert.pooler.dense',
  token_transform: 'cls.predictions.transform.dense',
  token_norm: 'cls.predictions.transform.LayerNorm',
  token_logits: 'cls.predictions',
  untied_logits: 'cls.predictions.decoder',
  next_sentence: 'cls.seq_relationship',
  classifier: 'classifier',
  answer: 'qa_outputs',
};
