import { text as textOf } from 'node:stream/consumers';
import { pipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { Command, Option } from 'commander';
import { onInterrupt } from '../interrupt.js';
import { backendNames } from '../train/common_recipe.js';
import { type GenerateOptions, generationOf, withFlags, withGeneration } from './generation_options.js';
import { positiveInteger } from './option_values.js';

const help = `
Such as:

  chui generate ./gpt "Once upon a time" --sample --temperature 0.8 --top-p 0.95 --seed 1
  chui generate openai-community/gpt2 "The answer is" --max-new-tokens 20 --beams 4
  cat prompt.txt | chui generate ./gpt

A text is written as it is made, but for beams and several texts. Ctrl-C ends it.`;

interface Options extends GenerateOptions {
  readonly beams?: number;
  readonly sequences?: number;
  readonly backend?: (typeof backendNames)[number];
}

/** `chui generate`: goes on with a text. */
export function generateCommand(): Command {
  return withGeneration(
    new Command('generate')
      .description('go on with a text')
      .argument('<model>', 'a directory, or the id of a repository')
      .argument('[prompt]', 'the text; what comes in, if it is left out'),
  )
    .option('--beams <n>', 'hypotheses of a beam search', positiveInteger)
    .option('--sequences <n>', 'texts to make', positiveInteger)
    .addOption(new Option('--backend <name>', 'what computes').choices(backendNames))
    .addHelpText('after', help)
    .action(
      async (
        model: string,
        prompt: string | undefined,
        { backend, beams, sequences, ...options }: Options,
      ) => {
        if (prompt === undefined && process.stdin.isTTY)
          process.stderr.write('the prompt, and Ctrl-D behind it:\n');
        const given = prompt ?? (await textOf(process.stdin));
        await useBackend(backend ?? 'auto');
        const stop = new AbortController();
        const forget = onInterrupt(() => stop.abort());
        const generate = await pipeline('text-generation', model);
        const config = {
          ...generationOf(options),
          ...(beams !== undefined && { numBeams: beams }),
          ...(sequences !== undefined && { numReturnSequences: sequences }),
          signal: stop.signal,
        };
        try {
          if ((beams ?? 1) > 1 || (sequences ?? 1) > 1) {
            for (const { generatedText } of await generate(given, config))
              process.stdout.write(`${generatedText}\n`);
          } else {
            let text = given;
            for await (const piece of generate.stream(given, config)) {
              process.stdout.write(text + piece);
              text = '';
            }
            process.stdout.write(`${text}\n`);
          }
        } catch (error) {
          if (!stop.signal.aborted) throw withFlags(error);
          process.stdout.write('\n');
        } finally {
          forget();
          generate.dispose();
        }
      },
    );
}
