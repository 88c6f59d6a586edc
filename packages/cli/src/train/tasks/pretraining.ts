import { saveFiles } from '@chui/hub';
import {
  AutoModelForMaskedLM,
  AutoModelForPreTraining,
  type BertForPreTraining,
  type EncoderConfig,
  type Model,
} from '@chui/models';
import {
  dataCollatorForMaskedLanguageModeling,
  TextPretraining,
  Trainer,
  textPretrainingScores,
} from '@chui/training';
import { architectures } from '../../pretrain/architectures.js';
import { corpusNote, encodeCorpus } from '../../pretrain/encode_corpus.js';
import { type PretrainingRecipe, pretrainingFields } from '../../pretrain/fields.js';
import { holdOut, readDocuments, type TextDocument } from '../../pretrain/read_documents.js';
import { openVocabulary, trainVocabulary, type Vocabulary } from '../../pretrain/vocabulary.js';
import { vocabularyProgress } from '../../pretrain/vocabulary_progress.js';
import { usualHeads } from '../model_field.js';
import { defineTask, type RecipePaths, type Task } from '../task.js';

/** Trains an encoder from nothing on plain texts: tokens are hidden, and are to be guessed; its vocabulary is made of the texts. */
export const pretrainingTask: Task = {
  ...defineTask('pretraining', pretrainingFields, async (recipe, paths) => {
    const { architecture: name, objective, maxLength, probability, wholeWords, seed } = recipe;
    const architecture = architectures[name];
    const hasPairs = objective === 'masked-lm+next-sentence';
    if (hasPairs && !architecture.hasNextSentence) {
      throw new RangeError(
        `objective must be masked-lm for ${name}, which learns no pairs, but is ${objective}`,
      );
    }
    const model = {
      ...recipe.model,
      heads: recipe.model.heads ?? usualHeads(recipe.model.width),
      intermediate: recipe.model.intermediate ?? 4 * recipe.model.width,
    };
    const documents = await readSplits(recipe.data, paths);
    const { vocabulary, written, notes } = await makeVocabulary(recipe, documents.train, paths);
    const { tokenizer } = vocabulary;
    const { maskTokenId, padTokenId, vocabSize } = tokenizer;
    const encode = (split: 'train' | 'eval') =>
      encodeCorpus(`data.${split}`, documents[split], { tokenizer, objective, maxLength, seed });
    const [train, evaluated] = [encode('train'), encode('eval')];
    return {
      recipe: {
        ...{ architecture: name, objective },
        data: writtenData(recipe.data, paths),
        ...{ tokenizer: written, model, maxLength, probability, wholeWords },
      },
      counts: { train: train.examples.length, eval: evaluated.examples.length },
      notes: [
        ...notes,
        corpusNote('train', documents.train, train),
        corpusNote('eval', documents.eval, evaluated),
      ],
      async train({ args, ...callbacksAndCheckpoints }) {
        const config = { modelType: name, ...architecture.config(model, { tokenizer, maxLength }) };
        const encoder = hasPairs
          ? (AutoModelForPreTraining.fromConfig(config, { seed }) as Model as BertForPreTraining)
          : AutoModelForMaskedLM.fromConfig(config, { seed });
        const trainer = new Trainer({
          model: new TextPretraining<EncoderConfig>(encoder),
          args,
          trainDataset: train.examples,
          evalDataset: evaluated.examples,
          dataCollator: dataCollatorForMaskedLanguageModeling({
            ...{ maskTokenId, padTokenId, vocabSize },
            ...{ probability, wholeWords, seed },
          }),
          computeMetrics: ({ predictions }) => ({ ...textPretrainingScores(predictions, { hasPairs }) }),
          ...callbacksAndCheckpoints,
        });
        const result = await trainer.train();
        return {
          result,
          parameters: encoder.countParameters(),
          async score() {
            const { loss, metrics } = await trainer.evaluate();
            return { eval: { loss, ...metrics, unknownShare: evaluated.unknown / evaluated.tokens } };
          },
          async save(directory) {
            await saveFiles(directory, { ...(await vocabulary.files()), ...(await encoder.toFiles()) });
          },
          dispose: () => encoder.dispose(),
        };
      },
    };
  }),
  layout: 'model',
  next: (model) => `npx chui finetune ${model} --task …`,
};

const asList = (paths: string | readonly string[]) => (typeof paths === 'string' ? [paths] : paths);

async function readSplits(
  { train, eval: evaluated, evalShare }: PretrainingRecipe['data'],
  paths: RecipePaths,
): Promise<{ train: TextDocument[]; eval: TextDocument[] }> {
  const read = (names: string | readonly string[]) =>
    readDocuments(asList(names).map((name) => paths.resolve(name)));
  const documents = await read(train);
  if (evaluated === undefined) return holdOut(documents, evalShare);
  return { train: documents, eval: await read(evaluated) };
}

function writtenData({ train, eval: evaluated, evalShare }: PretrainingRecipe['data'], paths: RecipePaths) {
  const written = (names: string | readonly string[]) => asList(names).map((name) => paths.written(name));
  return {
    train: written(train),
    ...(evaluated === undefined ? { evalShare } : { eval: written(evaluated) }),
  };
}

interface MadeVocabulary {
  readonly vocabulary: Vocabulary;
  /** What a recipe of the run says of it. */
  readonly written: object;
  readonly notes: readonly string[];
}

async function makeVocabulary(
  { architecture: name, tokenizer, maxLength }: PretrainingRecipe,
  documents: readonly TextDocument[],
  paths: RecipePaths,
): Promise<MadeVocabulary> {
  if ('path' in tokenizer) {
    const { written, ...vocabulary } = await openVocabulary(tokenizer.path, paths);
    return { vocabulary, written: { path: written }, notes: [] };
  }
  const architecture = architectures[name];
  if (tokenizer.lowercase && architecture.vocabulary !== 'wordPiece') {
    throw new RangeError(`tokenizer.lowercase must be false for ${name}, whose tokens are bytes`);
  }
  const vocabulary = await trainVocabulary(documents.flat(), architecture, {
    ...{ ...tokenizer, maxLength },
    onProgress: vocabularyProgress(),
  });
  const size = vocabulary.tokenizer.vocabSize.toLocaleString('en');
  return { vocabulary, written: tokenizer, notes: [`the vocabulary has ${size} tokens`] };
}
