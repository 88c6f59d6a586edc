import { Command, InvalidArgumentError } from 'commander';
import { compareTranslators } from '../translate/compare.js';
import { type TranslateJob, translatorKinds } from '../translate/job.js';

/** `chui translate`: trains translators of three kinds on the same pairs and shows what they learned. */
export function translateCommand(): Command {
  return new Command('translate')
    .description('train translators without attention, with attention and a Transformer, and compare them')
    .option(
      '--data <path>',
      'pairs: a TSV file, or a directory of train, dev and test files (default: dates)',
    )
    .option('--source <ending>', 'which files of a directory hold the source: "en" for train.en')
    .option('--models <names>', `which of ${translatorKinds.join(', ')}`, kinds, [...translatorKinds])
    .option('--tokens <kind>', 'character, word, or auto: words where the texts have spaces', tokens, 'auto')
    .option('--out <directory>', 'where models and report go', 'out/translate')
    .option('--seconds <n>', 'longest training of each model (default: no limit)', positive)
    .option('--epochs <n>', 'most passes over the data', positive)
    .option('--width <n>', 'width of the models', positive)
    .option('--layers <n>', 'encoder and decoder blocks of the Transformer', positive)
    .option('--learning-rate <rate>', 'highest learning rate', positive)
    .option('--dropout <rate>', 'share that is dropped in training', Number)
    .option('--beams <n>', 'beams of the search on the test texts', positive, 1)
    .option('--seed <n>', 'seed of data, weights and order', Number, 1)
    .option('--backend <name>', 'auto, native, wasm or cpu', 'auto')
    .option('--threads <n>', 'threads to compute with', positive)
    .option('--resume', 'go on where a comparison with the same options was stopped')
    .action(async (options: TranslateJob & { models: TranslateJob['kind'][] }) => {
      await compareTranslators(options);
    });
}

function kinds(value: string): string[] {
  const names = value.split(',');
  const unknown = names.find((name) => !(translatorKinds as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`it must list some of ${translatorKinds.join(', ')}, but has ${unknown}`);
  }
  return names;
}

function tokens(value: string): string {
  if (!['auto', 'character', 'word'].includes(value)) {
    throw new InvalidArgumentError('it must be auto, character or word');
  }
  return value;
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('it must be a number above zero');
  return number;
}
