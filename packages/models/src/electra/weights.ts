import { encoderWeights } from '../bert/weights.js';
import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of ELECTRA. */
export const electraWeights: WeightMap = {
  ...encoderWeights('electra'),
  embedding_projection: 'electra.embeddings_project',
  replaced_dense: 'discriminator_predictions.dense',
  replaced: 'discriminator_predictions.dense_prediction',
  token_transform: 'generator_predictions.dense',
  token_norm: 'generator_predictions.LayerNorm',
  token_logits: 'generator_lm_head',
  untied_logits: 'generator_lm_head',
  classifier_dense: 'classifier.dense',
  classifier_output: 'classifier.out_proj',
  summary: 'sequence_summary.summary',
  classifier: 'classifier',
  answer: 'qa_outputs',
};
