import { createInterface } from 'node:readline/promises';
import { KeyValueCache, pipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import type { ChatMessage } from '@chui/tokenizer';
import { Command, Option } from 'commander';
import { backendNames } from '../train/common_recipe.js';
import { type GenerateOptions, generationOf, withFlags, withGeneration } from './generation_options.js';

const help = `
Such as:

  chui chat HuggingFaceTB/SmolLM2-135M-Instruct --sample --temperature 0.7
  chui chat ./model --system "Answer in one sentence." < questions.txt

Each line is a message. /reset forgets what was said, /exit or Ctrl-D ends; Ctrl-C ends an answer, or the chat. The model's tokenizer
has to have a chat template; \`chui generate\` goes on with plain texts.`;

interface Options extends GenerateOptions {
  readonly system?: string;
  readonly backend?: (typeof backendNames)[number];
}

/** `chui chat`: answers line by line, and reads only what is new. */
export function chatCommand(): Command {
  return withGeneration(
    new Command('chat')
      .description('talk with a model')
      .argument('<model>', 'a directory, or the id of a repository'),
  )
    .option('--system <text>', 'what the model is told first')
    .addOption(new Option('--backend <name>', 'what computes').choices(backendNames))
    .addHelpText('after', help)
    .action(async (model: string, { system, backend, ...options }: Options) => {
      await useBackend(backend ?? 'auto');
      const generate = await pipeline('text-generation', model);
      const first: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
      await generate.tokenizer.applyChatTemplate([...first, { role: 'user', content: '' }]);
      const { stdin: input, stdout: output } = process;
      const lines = createInterface({ input, output, prompt: '> ', terminal: input.isTTY });
      const pastKeyValues = new KeyValueCache();
      let messages = first;
      let answering: AbortController | undefined;
      lines.on('SIGINT', () => (answering ? answering.abort() : lines.close()));
      const ask = () => {
        if (input.isTTY) lines.prompt();
      };
      try {
        ask();
        for await (const line of lines) {
          const content = line.trim();
          if (content === '/exit') break;
          if (content === '/reset') messages = first;
          else if (content !== '') {
            answering = new AbortController();
            const { signal } = answering;
            messages = [...messages, { role: 'user', content }];
            let answer = '';
            try {
              for await (const piece of generate.stream(messages, {
                ...generationOf(options),
                pastKeyValues,
                signal,
              })) {
                answer += piece;
                output.write(piece);
              }
            } catch (error) {
              if (!signal.aborted) throw withFlags(error);
            }
            output.write('\n');
            messages = [...messages, { role: 'assistant', content: answer }];
            answering = undefined;
          }
          ask();
        }
      } finally {
        lines.close();
        pastKeyValues.dispose();
        generate.dispose();
      }
    });
}
