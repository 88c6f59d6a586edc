import { join } from 'node:path';
import { Command, Option } from 'commander';
import { architectureNames } from '../language_modeling/architectures.js';
import { type LanguageModelOptions, recipeOf } from '../language_modeling/recipe_of.js';
import { backendNames } from '../train/common_recipe.js';
import { parseWith } from '../train/schema_errors.js';
import { recipeSchema } from '../train/tasks.js';
import { tellOutcome } from '../train/tell_outcome.js';
import { runRecipe, trainRecipe } from '../train/train_recipe.js';
import { positiveInteger, positiveNumber, shareBelow1, wholeNumber } from './option_values.js';

const help = `
Such as:

  chui train lm --data input.txt --tokenizer characters --context 64 --width 128 --steps 2000 --out out/shakespeare
  chui train lm --data stories.txt --eval more.txt --architecture llama --layers 6 --width 384 --document-masks --out out/stories
  chui generate out/stories "Once upon a time" --sample

Files: plain UTF-8, a document each, or several with <|endoftext|> between; .jsonl, .tsv, .csv and .parquet with a document in the
column text of each row. All of it is learned, ends of lines too.

The directory gets what Python's transformers loads too, config.json, model.safetensors and the tokenizer's files; and
results.json, report.html, log.jsonl, tensorboard/, checkpoints/ and recipe.json, which \`chui train\` runs again. Ctrl-C
stops after the step: the same command, or --resume with --out, goes on from there.`;

/** `chui train lm`: makes a recipe of options, and trains what it says. */
export function trainLmCommand(): Command {
  return new Command('lm')
    .description('train a language model from nothing on texts, and its vocabulary')
    .option('--data <files...>', 'texts to learn from')
    .option('--eval <files...>', 'texts by which the best model is chosen')
    .option('--test <files...>', 'texts that the trained model is scored on too')
    .option('--eval-share <share>', 'share of the texts held out without --eval (default: 0.1)', shareBelow1)
    .option('--text-column <name>', 'the column of the texts, where files have rows')
    .option('--separator <text>', 'what parts the documents of a plain file (default: <|endoftext|>)')
    .option('--out <directory>', 'where model and report go')
    .addOption(
      new Option('--architecture <name>', 'of the decoder (default: gpt2)').choices(architectureNames),
    )
    .option(
      '--attention <name>',
      'how states of rnn_lm read those before them, such as additive or multiHead (default: none)',
    )
    .option(
      '--tokenizer <name>',
      'what tokens are made of, bytes or characters, or a directory with a tokenizer (default: bytes)',
    )
    .option('--vocab-size <n>', 'most tokens of a new vocabulary (default: 8000)', positiveInteger)
    .option('--layers <n>', 'blocks of the decoder (default: 4)', positiveInteger)
    .option('--width <n>', 'width of the states (default: 256)', positiveInteger)
    .option(
      '--heads <n>',
      'heads of attention (default: about one for each 64 of the width)',
      positiveInteger,
    )
    .option(
      '--intermediate <n>',
      'width inside of the blocks (default: about four times it)',
      positiveInteger,
    )
    .option('--dropout <share>', 'share that is dropped in training (default: 0.1)', Number)
    .option(
      '--context <n>',
      'tokens of a window, and most that the model takes (default: 256)',
      positiveInteger,
    )
    .option('--random-windows', 'windows begin at random tokens, instead of one after the other')
    .option('--document-masks', 'tokens see those of their own document only')
    .option('--eval-stride <n>', 'tokens that windows of the held-out texts share (default: 0)', wholeNumber)
    .option('--prompt <texts...>', 'what samples go on with (default: the held-out text)')
    .option('--sample-tokens <n>', 'tokens of a sample at each evaluation, or 0 (default: 100)', wholeNumber)
    .option('--epochs <n>', 'passes through the texts (default: 10)', positiveNumber)
    .option('--steps <n>', 'updates, instead of epochs', positiveInteger)
    .option('--seconds <n>', 'longest training, which may end it earlier', positiveNumber)
    .option('--batch-size <n>', 'windows that are computed at once (default: 32)', positiveInteger)
    .option('--accumulate <n>', 'batches of an update (default: 1)', positiveInteger)
    .option('--learning-rate <rate>', 'the highest one (default: 1e-3)', positiveNumber)
    .option('--min-learning-rate <rate>', 'the last one (default: a tenth of the highest)', Number)
    .option('--warmup-steps <n>', 'updates in which the rate grows (default: 5 % of them)', wholeNumber)
    .option('--weight-decay <rate>', 'of matrices (default: 0.1)', Number)
    .option('--beta2 <decay>', 'of AdamW (default: 0.95)', Number)
    .option('--eval-steps <n>', 'updates between evaluations (default: those of a pass)', positiveInteger)
    .option('--patience <n>', 'evaluations without a better one that end it', positiveInteger)
    .option('--recompute', 'keep no intermediate results of blocks, which takes less memory and more time')
    .option('--seed <n>', 'decides weights, order, dropout and samples (default: 0)', wholeNumber)
    .addOption(
      new Option('--precision <type>', 'what steps are computed in').choices(['float32', 'bfloat16']),
    )
    .addOption(new Option('--backend <name>', 'what computes').choices(backendNames))
    .option('--threads <n>', 'threads to compute with', positiveInteger)
    .option('--resume', 'go on with the run in --out; without --data, as its recipe.json says')
    .addHelpText('after', help)
    .action(async ({ out, backend, threads, resume, ...options }: Options) => {
      if (out === undefined)
        throw new Error('train lm must have --out, a directory: see chui train lm --help');
      const where = { out, backend, threads };
      if (resume && options.data === undefined)
        return tellOutcome(await trainRecipe(join(out, 'recipe.json'), where));
      const recipe = parseWith(recipeSchema, recipeOf(options), 'train lm');
      await tellOutcome(await runRecipe({ recipe, name: recipe.task, base: '.' }, where));
    });
}

interface Options extends LanguageModelOptions {
  readonly out?: string;
  readonly backend?: (typeof backendNames)[number];
  readonly threads?: number;
  readonly resume?: boolean;
}
