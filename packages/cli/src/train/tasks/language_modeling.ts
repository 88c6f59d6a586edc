import { saveFiles } from '@chui/hub';
import { AutoModelForCausalLM } from '@chui/models';
import {
  causalWindows,
  dataCollatorForCausalWindows,
  LanguageModeling,
  languageModelingScores,
  type Nested,
  type PlainTrainingArgs,
  randomWindows,
  Trainer,
  textSize,
} from '@chui/training';
import { architectures } from '../../language_modeling/architectures.js';
import { type EncodedTexts, encodeTexts, textsNote } from '../../language_modeling/encode_texts.js';
import { type LanguageModelingRecipe, languageModelingFields } from '../../language_modeling/fields.js';
import { readTexts } from '../../language_modeling/read_texts.js';
import { textSampler } from '../../language_modeling/sample_texts.js';
import { makeVocabulary, marksOf } from '../../language_modeling/vocabulary.js';
import { holdOut } from '../../pretrain/read_documents.js';
import { openVocabulary, type Vocabulary } from '../../pretrain/vocabulary.js';
import { vocabularyProgress } from '../../pretrain/vocabulary_progress.js';
import { usualHeads } from '../model_field.js';
import { defineTask, type RecipePaths, type Task } from '../task.js';

/** Trains a decoder from nothing on texts: each token is told from those before it; its vocabulary is made of the texts. */
export const languageModelingTask: Task = {
  ...defineTask('language-modeling', languageModelingFields, async (recipe, paths) => {
    const { architecture, context, windows, documentMasks, evalStride, config, seed } = recipe;
    if (evalStride >= context) {
      throw new RangeError(`evalStride must be below context, which is ${context}, but is ${evalStride}`);
    }
    const model = { ...recipe.model, heads: recipe.model.heads ?? usualHeads(recipe.model.width) };
    const texts = await readSplits(recipe.data, paths);
    const { vocabulary, written, notes } = await vocabularyOf(recipe, texts.train, paths);
    const { tokenizer } = vocabulary;
    const marks = marksOf(tokenizer);
    if (documentMasks && marks.beginTokenId === undefined) {
      throw new RangeError('documentMasks must be false where the vocabulary has no token that ends texts');
    }
    const encode = (split: string, of: readonly string[]) => encodeTexts(`data.${split}`, of, tokenizer);
    const [train, evaluated] = [encode('train', texts.train), encode('eval', texts.eval)];
    const tested = texts.test && encode('test', texts.test);
    const options = { length: context, ...(documentMasks && { documents: marks }) };
    const isRandom = windows === 'random';
    if (isRandom && train.ids.length <= context) {
      throw new RangeError(
        `context must be below the ${train.ids.length} tokens of data.train for random windows, but is ${context}`,
      );
    }
    const trainWindows = isRandom ? [] : causalWindows(train.ids, options);
    const heldOut = { ...options, stride: evalStride };
    const evalWindows = causalWindows(evaluated.ids, heldOut);
    const testWindows = tested && causalWindows(tested.ids, heldOut);
    const { prompts, tokens, temperature } = recipe.samples;
    const sample =
      tokens > 0
        ? textSampler(tokenizer, { prompts, tokens, temperature, context, seed, text: evaluated.ids })
        : undefined;
    const size = textSize(texts.eval);
    return {
      recipe: {
        architecture,
        data: writtenData(recipe.data, paths),
        ...{ tokenizer: written, model, config, context, windows, documentMasks, evalStride },
        samples: recipe.samples,
      },
      counts: {
        train: isRandom ? train.ids.length - context : trainWindows.length,
        eval: evalWindows.length,
        ...(testWindows && { test: testWindows.length }),
      },
      notes: [
        ...notes,
        textsNote('train', texts.train, train),
        textsNote('eval', texts.eval, evaluated),
        ...(tested ? [textsNote('test', texts.test!, tested)] : []),
      ],
      ...(isRandom && { training: inSteps(recipe.training, train.ids.length / context) }),
      async train({ args, ...callbacksAndCheckpoints }) {
        const decoder = AutoModelForCausalLM.fromConfig(
          {
            modelType: architecture,
            vocabSize: tokenizer.vocabSize,
            ...{ bosTokenId: marks.beginTokenId ?? null, eosTokenId: marks.endTokenId ?? null },
            ...architectures[architecture](model, context),
            ...config,
          },
          { seed },
        );
        const trainer = new Trainer({
          model: new LanguageModeling(decoder),
          args,
          trainDataset: isRandom ? () => randomWindows(train.ids, { ...options, seed }) : trainWindows,
          evalDataset: evalWindows,
          dataCollator: dataCollatorForCausalWindows(),
          computeMetrics: ({ predictions }) => ({ ...languageModelingScores(predictions, size) }),
          sampleTexts: sample && (() => sample(decoder)),
          ...callbacksAndCheckpoints,
        });
        const result = await trainer.train();
        return {
          result,
          parameters: decoder.countParameters(),
          async score() {
            const { loss, metrics } = await trainer.evaluate();
            const scores = { eval: { loss, ...metrics, unknownShare: unknownShareOf(evaluated) } };
            if (!tested) return scores;
            const { predictions, loss: testLoss } = await trainer.predict(testWindows!);
            const found = languageModelingScores(predictions as readonly Nested[], textSize(texts.test!));
            return { ...scores, test: { loss: testLoss, ...found, unknownShare: unknownShareOf(tested) } };
          },
          async save(directory) {
            await saveFiles(directory, { ...(await vocabulary.files()), ...(await decoder.toFiles()) });
          },
          dispose: () => decoder.dispose(),
        };
      },
    };
  }),
  layout: 'model',
  next: (model) => `npx chui generate ${model} 'Once upon a time'`,
};

const unknownShareOf = ({ unknown, tokens }: EncodedTexts) => unknown / tokens;

const asList = (paths: string | readonly string[]) => (typeof paths === 'string' ? [paths] : paths);

async function readSplits(
  { train, eval: evaluated, test, evalShare, ...files }: LanguageModelingRecipe['data'],
  paths: RecipePaths,
): Promise<{ train: string[]; eval: string[]; test?: string[] }> {
  const read = (names: string | readonly string[]) =>
    readTexts(
      asList(names).map((name) => paths.resolve(name)),
      files,
    );
  const texts = await read(train);
  const splits =
    evaluated === undefined ? holdOut(texts, evalShare) : { train: texts, eval: await read(evaluated) };
  return { ...splits, ...(test !== undefined && { test: await read(test) }) };
}

function writtenData(
  { train, eval: evaluated, test, evalShare, ...files }: LanguageModelingRecipe['data'],
  paths: RecipePaths,
) {
  const written = (names: string | readonly string[]) => asList(names).map((name) => paths.written(name));
  return {
    train: written(train),
    ...(evaluated === undefined ? { evalShare } : { eval: written(evaluated) }),
    ...(test !== undefined && { test: written(test) }),
    ...files,
  };
}

async function vocabularyOf(
  { tokenizer, context }: LanguageModelingRecipe,
  texts: readonly string[],
  paths: RecipePaths,
): Promise<{ vocabulary: Vocabulary; written: object; notes: readonly string[] }> {
  if ('path' in tokenizer) {
    const { written, ...vocabulary } = await openVocabulary(tokenizer.path, paths);
    return { vocabulary, written: { path: written }, notes: [] };
  }
  const vocabulary = await makeVocabulary(texts, {
    ...{ ...tokenizer, context },
    onProgress: vocabularyProgress(),
  });
  const size = vocabulary.tokenizer.vocabSize.toLocaleString('en');
  return { vocabulary, written: tokenizer, notes: [`the vocabulary has ${size} tokens`] };
}

/**
 * Arguments in steps in the place of passes, which windows at random have none of: a pass are so many windows.
 *
 * @param windows of a pass
 */
function inSteps({ epochs, evalEpochs = 1, ...args }: PlainTrainingArgs, windows: number): PlainTrainingArgs {
  const { batchSize = 32, gradientAccumulationSteps = 1, maxSteps = Infinity, evalSteps } = args;
  const steps = (passes: number) =>
    Math.max(1, Math.ceil((passes * windows) / (batchSize * gradientAccumulationSteps)));
  const most = Math.min(maxSteps, epochs === undefined ? Infinity : steps(epochs));
  return {
    ...args,
    ...(most < Infinity && { maxSteps: most }),
    evalSteps: evalSteps ?? steps(evalEpochs),
  };
}
