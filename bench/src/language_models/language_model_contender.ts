import type { LanguageModelTraining } from './options.js';
import { prepare } from './prepare.js';
import { train } from './train.js';

/** `prepare` writes what both sides get into a directory; `train` is chui's side of it, whose result goes into a file. */
const [what, given, where] = process.argv.slice(2) as [string, string, string];
const { options, seed } = JSON.parse(given) as { options: LanguageModelTraining; seed: number };
try {
  await (what === 'prepare' ? prepare(options, seed, where) : train(options, seed, where));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
