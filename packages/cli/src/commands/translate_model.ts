import { Command } from 'commander';
import { trainModel } from '../translate/train_model.js';

/** One training of `chui translate`, in a process of its own: its memory is measured, and Ctrl-C ends it cleanly. */
export function translateModelCommand(): Command {
  return new Command('translate-model')
    .description('train one model of `chui translate`')
    .argument('<job>', 'what to do, as JSON')
    .action(async (job: string) => {
      await trainModel(JSON.parse(job));
    });
}
