import { join } from 'node:path';
import { Command, Option } from 'commander';
import { type FineTuneOptions, recipeOf } from '../finetune/recipe_of.js';
import { backendNames } from '../train/common_recipe.js';
import { parseWith } from '../train/schema_errors.js';
import { fineTuningTasks, recipeSchema } from '../train/tasks.js';
import { tellOutcome } from '../train/tell_outcome.js';
import { runRecipe, trainRecipe } from '../train/train_recipe.js';
import { nameList, positiveInteger, positiveNumber, wholeNumber } from './option_values.js';

const help = `
Such as:

  chui finetune bert-base-uncased --task text-classification --train train.tsv --eval dev.tsv --out out/sentiment
  chui finetune ./model --task token-classification --train train.conll --eval dev.conll --out out/names

Files: .tsv and .csv with a line of names, or without one if columns are given as numbers, from 0; .jsonl with an object a
line; .parquet; of tags also columns, as of CoNLL; of questions .json, as of SQuAD; for masked-lm also texts, a line each.

The directory gets what Python's transformers loads too, config.json, model.safetensors and the tokenizer's files; and
results.json, report.html, log.jsonl, tensorboard/, checkpoints/ and recipe.json, which \`chui train\` runs again. Ctrl-C
stops after the step: the same command, or --resume with --out, goes on from there.`;

/** `chui finetune`: makes a recipe of options, and trains what it says. */
export function finetuneCommand(): Command {
  return new Command('finetune')
    .description('train a pretrained model further, for a task of your own')
    .argument('[model]', 'a directory, a URL of one, or the id of a repository')
    .addOption(new Option('--task <name>', 'what to learn').choices(fineTuningTasks))
    .option('--train <file>', 'what to learn from')
    .option('--eval <file>', 'by what the best model is chosen')
    .option('--out <directory>', 'where model and report go')
    .option('--epochs <n>', 'passes through the data (default: 3)', positiveNumber)
    .option('--learning-rate <rate>', 'the highest one (default: by task, from 2e-5 to 5e-5)', positiveNumber)
    .option('--batch-size <n>', 'examples of an update (default: by task, 16 or 32)', positiveInteger)
    .option('--max-length <n>', 'most tokens of an example (default: 128, of questions 384)', positiveInteger)
    .option('--seed <n>', 'decides new weights, order and dropout (default: 0)', wholeNumber)
    .option('--freeze <n>', 'how many of the lowest layers stay, with the embeddings', wholeNumber)
    .option('--layer-decay <factor>', 'learning rate of a layer to that of the one above', positiveNumber)
    .option('--lora <rank>', 'train low-rank additions instead of all weights', positiveInteger)
    .option('--text-column <name>', 'the column of texts, of words, or of questions')
    .option('--text-pair-column <name>', 'the column of second texts')
    .option('--label-column <name>', 'the column of labels or tags')
    .option('--label-columns <names>', 'columns with 1 where a text has the label', nameList)
    .option('--choice-columns <names>', 'columns of choices, or one of lists', nameList)
    .option(
      '--labels <names>',
      'names of the classes in their order (default: those of the data, sorted)',
      nameList,
    )
    .option('--regression', 'labels of texts are numbers')
    .option('--scale <n>', 'what numbers of similarity are divided by', positiveNumber)
    .option('--stride <n>', 'tokens that windows of a long context share', wholeNumber)
    .option('--whole-words', 'hide whole words, for masked-lm')
    .addOption(
      new Option('--precision <type>', 'what steps are computed in').choices(['float32', 'bfloat16']),
    )
    .addOption(new Option('--backend <name>', 'what computes').choices(backendNames))
    .option('--threads <n>', 'threads to compute with', positiveInteger)
    .option('--resume', 'go on with the run in --out; without a model, as its recipe.json says')
    .addHelpText('after', help)
    .action(async (model: string | undefined, { out, backend, threads, resume, ...options }: Options) => {
      if (out === undefined)
        throw new Error('finetune must have --out, a directory: see chui finetune --help');
      const where = { out, backend, threads };
      if (resume && model === undefined)
        return tellOutcome(await trainRecipe(join(out, 'recipe.json'), where));
      const recipe = parseWith(recipeSchema, recipeOf(model, options), 'finetune');
      await tellOutcome(await runRecipe({ recipe, name: recipe.task, base: '.' }, where));
    });
}

interface Options extends FineTuneOptions {
  readonly out?: string;
  readonly backend?: (typeof backendNames)[number];
  readonly threads?: number;
  readonly resume?: boolean;
}
