import { TranslationPipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { Command } from 'commander';

/** Loads saved translators on another backend, in this process, and prints what they say, as JSON. */
export function translateCheckCommand(): Command {
  return new Command('translate-check')
    .description('translate texts with saved models')
    .argument('<texts>', 'a JSON list of texts')
    .argument('<directories...>', 'saved models')
    .option('--backend <name>', 'auto, native, wasm or cpu', 'wasm')
    .action(async (texts: string, directories: string[], { backend }) => {
      await useBackend(backend);
      const answers: string[][] = [];
      for (const directory of directories) {
        const pipeline = await TranslationPipeline.fromPretrained(directory);
        const translations = await pipeline.translate(JSON.parse(texts));
        answers.push(translations.map(({ text }) => text));
      }
      process.stdout.write(`${JSON.stringify(answers)}\n`);
    });
}
