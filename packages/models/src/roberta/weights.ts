import { encoderWeights } from '../bert/weights.js';
import type { WeightMap } from '../family/weight_map.js';

/** Names in checkpoints of RoBERTa, XLM-RoBERTa and CamemBERT. */
export const robertaWeights: WeightMap = {
  ...encoderWeights('roberta'),
  pooler: 'roberta.pooler.dense',
  token_transform: 'lm_head.dense',
  token_norm: 'lm_head.layer_norm',
  token_logits: 'lm_head',
  untied_logits: 'lm_head.decoder',
  classifier_dense: 'classifier.dense',
  classifier_output: 'classifier.out_proj',
  classifier: 'classifier',
  answer: 'qa_outputs',
};
