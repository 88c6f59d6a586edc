import { join } from 'node:path';
import { Command, Option } from 'commander';
import { architectureNames } from '../pretrain/architectures.js';
import { objectives } from '../pretrain/encode_corpus.js';
import { type PretrainOptions, recipeOf } from '../pretrain/recipe_of.js';
import { backendNames } from '../train/common_recipe.js';
import { parseWith } from '../train/schema_errors.js';
import { recipeSchema } from '../train/tasks.js';
import { tellOutcome } from '../train/tell_outcome.js';
import { runRecipe, trainRecipe } from '../train/train_recipe.js';
import { positiveInteger, positiveNumber, shareBelow1, wholeNumber } from './option_values.js';

const help = `
Such as:

  chui pretrain --train novel.txt news.txt --out out/bert
  chui pretrain --train wiki.txt --objective masked-lm+next-sentence --vocab-size 16000 --layers 6 --width 384 --out out/bert
  chui pretrain roberta --train novel.txt --out out/roberta

Files: plain UTF-8, a text a line, empty lines between documents. Japanese needs no spaces. BERT, DistilBERT and ALBERT get a
WordPiece vocabulary, RoBERTa one of bytes, made of the texts that are learned from; --tokenizer takes another.

The directory gets what Python's transformers loads too, config.json, model.safetensors and the tokenizer's files, which is
what \`chui finetune\` begins with; and results.json, report.html, log.jsonl, tensorboard/, checkpoints/ and recipe.json, which
\`chui train\` runs again. Ctrl-C stops after the step: the same command, or --resume with --out, goes on from there.`;

/** `chui pretrain`: makes a recipe of options, and trains what it says. */
export function pretrainCommand(): Command {
  return new Command('pretrain')
    .description('train an encoder from nothing on plain texts, and its vocabulary')
    .argument('[architecture]', `one of ${architectureNames.join(', ')}`, 'bert')
    .option('--train <files...>', 'texts to learn from')
    .option('--eval <file>', 'texts by which the best model is chosen')
    .option('--eval-share <share>', 'share of the texts held out without --eval (default: 0.05)', shareBelow1)
    .option('--out <directory>', 'where model and report go')
    .addOption(
      new Option('--objective <name>', 'what is to be guessed (default: masked-lm)').choices(objectives),
    )
    .option('--whole-words', 'hide whole words')
    .option('--mask-probability <share>', 'share of the tokens to hide (default: 0.15)', shareBelow1)
    .option('--vocab-size <n>', 'most tokens of the vocabulary (default: 8000)', positiveInteger)
    .option('--limit-alphabet <n>', 'most characters in it (default: 6000)', positiveInteger)
    .option('--lowercase', 'make no difference of case')
    .option(
      '--tokenizer <name>',
      'a directory with a tokenizer, or a file in one, instead of a new vocabulary',
    )
    .option('--layers <n>', 'blocks of the encoder (default: 4)', positiveInteger)
    .option('--width <n>', 'width of the states (default: 256)', positiveInteger)
    .option(
      '--heads <n>',
      'heads of attention (default: about one for each 64 of the width)',
      positiveInteger,
    )
    .option(
      '--intermediate <n>',
      'width inside of the blocks (default: four times the width)',
      positiveInteger,
    )
    .option('--dropout <share>', 'share that is dropped in training (default: 0.1)', Number)
    .option(
      '--max-length <n>',
      'tokens of an example, and most that the model takes (default: 128)',
      positiveInteger,
    )
    .option('--epochs <n>', 'passes through the texts (default: 10)', positiveNumber)
    .option('--steps <n>', 'updates, instead of epochs', positiveInteger)
    .option('--seconds <n>', 'longest training, which may end it earlier', positiveNumber)
    .option('--batch-size <n>', 'examples of an update (default: 32)', positiveInteger)
    .option('--learning-rate <rate>', 'the highest one (default: 5e-4)', positiveNumber)
    .option(
      '--warmup-ratio <share>',
      'share of the updates in which the rate grows (default: 0.06)',
      shareBelow1,
    )
    .option('--seed <n>', 'decides weights, order, dropout and what is hidden (default: 0)', wholeNumber)
    .addOption(
      new Option('--precision <type>', 'what steps are computed in').choices(['float32', 'bfloat16']),
    )
    .addOption(new Option('--backend <name>', 'what computes').choices(backendNames))
    .option('--threads <n>', 'threads to compute with', positiveInteger)
    .option('--resume', 'go on with the run in --out; without --train, as its recipe.json says')
    .addHelpText('after', help)
    .action(async (architecture: string, { out, backend, threads, resume, ...options }: Options) => {
      if (out === undefined)
        throw new Error('pretrain must have --out, a directory: see chui pretrain --help');
      const where = { out, backend, threads };
      if (resume && options.train === undefined)
        return tellOutcome(await trainRecipe(join(out, 'recipe.json'), where));
      const recipe = parseWith(recipeSchema, recipeOf(architecture, options), 'pretrain');
      await tellOutcome(await runRecipe({ recipe, name: recipe.task, base: '.' }, where));
    });
}

interface Options extends PretrainOptions {
  readonly out?: string;
  readonly backend?: (typeof backendNames)[number];
  readonly threads?: number;
  readonly resume?: boolean;
}
