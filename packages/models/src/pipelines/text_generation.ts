import type { ChatMessage, Tokenizer } from '@chui/tokenizer';
import { z } from 'zod';
import { AutoModelForCausalLM } from '../auto/auto_models.js';
import { CausalLM } from '../decoder/causal_lm.js';
import { type GenerationConfig, generationOptions, type StoppingCriterion } from '../generation/config.js';
import { shown } from '../shown.js';
import { checkText, flag, type PipelineBase, type TaskDefinition } from './pipeline_task.js';

/** A prompt: a text to go on with, or the messages of a chat, which the model answers. */
export type Prompt = string | readonly ChatMessage[];

/** What was generated for a prompt: a text, or the messages with the answer behind them. */
export interface GeneratedText<P extends Prompt = Prompt> {
  generatedText: P extends string ? string : ChatMessage[];
}

/** Those of `generate`, which checks them. */
const {
  returnDictInGenerate: _,
  outputScores: __,
  outputAttentions: ___,
  ...forGenerate
} = generationOptions;
const unchecked = Object.fromEntries(Object.keys(forGenerate).map((name) => [name, z.unknown().optional()]));

const schema = z.object({
  ...unchecked,
  /** Whether the prompt is a part of the text. Default true. */
  returnFullText: flag.default(true),
  /** Whether tokens of the vocabulary's own are left out of the text. Default true. */
  skipSpecialTokens: flag.default(true),
  /** Texts that end the generation as soon as they are there; they are kept. */
  stopStrings: z.array(z.string().min(1, 'must have texts of at least one character')).default([]),
});

type Settings = Pick<z.output<typeof schema>, 'returnFullText' | 'skipSpecialTokens' | 'stopStrings'>;

/** Options of a call, and of the pipeline. */
export type TextGenerationOptions = Omit<
  GenerationConfig,
  'returnDictInGenerate' | 'outputScores' | 'outputAttentions'
> &
  Partial<Settings>;

/** Goes on with texts, or answers chats, by the template of the tokenizer: `numReturnSequences` results for each prompt. */
export interface TextGenerationPipeline extends PipelineBase<CausalLM> {
  <P extends Prompt>(prompt: P, options?: TextGenerationOptions): Promise<GeneratedText<P>[]>;
  <P extends Prompt>(prompts: readonly P[], options?: TextGenerationOptions): Promise<GeneratedText<P>[][]>;
  /**
   * What is generated for one prompt, piece by piece, without the prompt. A piece never ends within a character. Leaving the
   * loop ends the generation.
   */
  stream(prompt: Prompt, options?: TextGenerationOptions): AsyncGenerator<string, void, void>;
}

/** @see TextGenerationPipeline in Hugging Face's library */
export const textGeneration: TaskDefinition<CausalLM, typeof schema> = {
  task: 'text-generation',
  kinds: [CausalLM],
  auto: AutoModelForCausalLM,
  schema,
  make(model, tokenizer) {
    const generate = async (prompts: readonly Prompt[], options: z.output<typeof schema>) => {
      const { returnFullText, skipSpecialTokens, stopStrings, ...config } = options;
      const inputIds = await Promise.all(prompts.map((prompt) => idsOf(tokenizer, prompt)));
      const sequences = await model.generate({ inputIds }, withStops(tokenizer, config, stopStrings));
      const times = sequences.length / prompts.length;
      return prompts.map((prompt, i) =>
        sequences.slice(i * times, (i + 1) * times).map((ids) => {
          const made = tokenizer.decode(ids.slice(inputIds[i]!.length), { skipSpecialTokens });
          if (!returnFullText) return { generatedText: made };
          return {
            generatedText:
              typeof prompt === 'string' ? prompt + made : [...prompt, { role: 'assistant', content: made }],
          };
        }),
      );
    };
    return {
      async run(input, options) {
        if (!isList(input)) return (await generate([input as Prompt], options))[0]!;
        return generate(input as readonly Prompt[], options);
      },
      members: (complete) => ({
        async *stream(prompt: Prompt, given: TextGenerationOptions = {}) {
          const { returnFullText: _, skipSpecialTokens, stopStrings, ...config } = complete(given);
          const inputIds = [await idsOf(tokenizer, prompt)];
          const decoding = tokenizer.decodeStream({ skipSpecialTokens });
          for await (const [token] of model.stream({ inputIds }, withStops(tokenizer, config, stopStrings))) {
            const piece = decoding.step(token!);
            if (piece) yield piece;
          }
          const rest = decoding.end();
          if (rest) yield rest;
        },
      }),
      dispose: () => {},
    };
  },
};

/** Whether it is several prompts, and not one text or one chat. */
const isList = (input: unknown): boolean =>
  Array.isArray(input) && !(isMessage(input[0]) && input.every(isMessage));

const isMessage = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'role' in value;

async function idsOf(tokenizer: Tokenizer, prompt: Prompt): Promise<number[]> {
  if (Array.isArray(prompt)) {
    if (!prompt.every(isMessage))
      throw new RangeError(`prompt must be messages of a chat, but is ${shown(prompt)}`);
    const text = await tokenizer.applyChatTemplate(prompt as ChatMessage[], { addGenerationPrompt: true });
    return tokenizer.encode(text, { addSpecialTokens: false, truncation: false, padding: false }).ids;
  }
  return tokenizer.encode(checkText('prompt', prompt), { truncation: false, padding: false }).ids;
}

/** Options of `generate` with what ends a text where one of some is there. */
function withStops(tokenizer: Tokenizer, config: object, stopStrings: readonly string[]): GenerationConfig {
  if (stopStrings.length === 0) return config;
  const isThere: StoppingCriterion = ({ ids, promptLength }) => {
    const text = tokenizer.decode(ids.slice(promptLength));
    return stopStrings.some((stop) => text.includes(stop));
  };
  const { stoppingCriteria = [] } = config as GenerationConfig;
  return { ...config, stoppingCriteria: [...stoppingCriteria, isThere] };
}
