import { TransformerSeq2Seq } from '@chui/models';
import { characterTokenizer } from '@chui/tokenizer';
import { datePairs, encodePairs, Trainer } from '@chui/training';

/** Trains a small model on dates, on the backend that is in use; what each step and evaluation gave. */
export async function trainHere(): Promise<{ losses: number[]; evaluations: number[] }> {
  const train = datePairs({ seed: 1, count: 64, split: 'train' });
  const sourceTokenizer = characterTokenizer(train.map(({ source }) => source));
  const targetTokenizer = characterTokenizer(train.map(({ target }) => target));
  const examples = encodePairs(train, { sourceTokenizer, targetTokenizer });
  const model = TransformerSeq2Seq.fromConfig(
    {
      vocabSize: sourceTokenizer.vocabSize,
      decoderVocabSize: targetTokenizer.vocabSize,
      dModel: 16,
      encoderLayers: 1,
      decoderLayers: 1,
      encoderAttentionHeads: 2,
      decoderAttentionHeads: 2,
      encoderFfnDim: 32,
      decoderFfnDim: 32,
      dropout: 0.1,
    },
    { seed: 1 },
  );
  const losses: number[] = [];
  const { evaluations } = await new Trainer({
    model,
    args: {
      maxSteps: 8,
      batchSize: 8,
      gradientAccumulationSteps: 2,
      learningRate: 0.01,
      lengthMultiple: 32,
      ema: 0.5,
      logSteps: 1,
      evalSteps: 4,
    },
    trainDataset: examples,
    evalDataset: examples.slice(0, 16),
    callbacks: [{ onStep: ({ loss }) => void losses.push(loss) }],
  }).train();
  model.dispose();
  return { losses, evaluations: evaluations.map(({ loss }) => loss) };
}
