import type { FineTuning, Place } from './options.js';
import { prepare } from './prepare.js';
import { train } from './train.js';

/** `prepare` writes what both sides get into a directory; `train` is chui's side of it. */
const [what, given, directory, out] = process.argv.slice(2) as [string, string, string, string];
const { options, place } = JSON.parse(given) as { options: FineTuning; place: Place };
try {
  await (what === 'prepare' ? prepare(options, place, directory) : train(options, place, directory, out));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
