import type { DataCollator } from '../data/batch.js';
import { dataCollatorForSeq2Seq } from '../data/collators/data_collator_for_seq2seq.js';
import { dataCollatorWithPadding } from '../data/collators/data_collator_with_padding.js';
import { checkShares } from '../data/collators/labels.js';
import type { LayersModelLoss } from './layers_model.js';
import type { TrainableModel } from './model.js';

/**
 * The collator that is given, else the one that a model's configuration, or what is learned from it, suggests. It refuses
 * labels that a loss of that name has no use for.
 */
export function collatorFor<E>(
  model: TrainableModel,
  { dataCollator, loss }: { dataCollator?: DataCollator<E> | undefined; loss?: LayersModelLoss | undefined },
): DataCollator<E> {
  const collator = dataCollator ?? (suggested(model, loss) as DataCollator<E>);
  if (loss !== 'binaryCrossEntropy') return collator;
  return {
    lengths: (example) => collator.lengths(example),
    collate(examples, lengths) {
      const batch = collator.collate(examples, lengths);
      checkShares(batch.inputs.labels);
      return batch;
    },
  };
}

function suggested(model: TrainableModel, loss: LayersModelLoss | undefined): DataCollator<never> {
  const numLabels = loss === 'crossEntropy' ? model.numLabels : undefined;
  const config = (model.config ?? {}) as { padTokenId?: number; decoderStartTokenId?: number };
  const { padTokenId = 0, decoderStartTokenId } = config;
  if (decoderStartTokenId !== undefined) return dataCollatorForSeq2Seq({ padTokenId, decoderStartTokenId });
  const floatFields = loss === 'meanSquaredError' || loss === 'binaryCrossEntropy' ? ['labels'] : [];
  return dataCollatorWithPadding({ padTokenId, floatFields, numLabels });
}
