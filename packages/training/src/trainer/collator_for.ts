import type { DataCollator } from '../data/batch.js';
import { dataCollatorForSeq2Seq } from '../data/collators/data_collator_for_seq2seq.js';
import { dataCollatorWithPadding } from '../data/collators/data_collator_with_padding.js';
import type { LayersModelLoss } from './layers_model.js';
import type { TrainableModel } from './model.js';

/** The collator that a model's configuration, or what is learned from it, suggests. */
export function collatorFor(model: TrainableModel, loss: LayersModelLoss | undefined): DataCollator<never> {
  const numLabels = loss === 'crossEntropy' ? model.numLabels : undefined;
  const config = (model.config ?? {}) as { padTokenId?: number; decoderStartTokenId?: number };
  const { padTokenId = 0, decoderStartTokenId } = config;
  if (decoderStartTokenId !== undefined) return dataCollatorForSeq2Seq({ padTokenId, decoderStartTokenId });
  const floatFields = loss === 'meanSquaredError' || loss === 'binaryCrossEntropy' ? ['labels'] : [];
  return dataCollatorWithPadding({ padTokenId, floatFields, numLabels });
}
