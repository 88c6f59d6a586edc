import type { CausalLM } from '@chui/models';
import type { Tokenizer } from '@chui/tokenizer';
import { marksOf } from './vocabulary.js';

/** What texts a model shall write. */
export interface SampleOptions {
  readonly prompts?: readonly string[] | undefined;
  /** Most tokens to make of each. */
  readonly tokens: number;
  readonly temperature: number;
  /** Most tokens of prompt and text together. */
  readonly context: number;
  readonly seed: number;
  /** Goes before what is made where there are no prompts: its first tokens. */
  readonly text: Int32Array;
}

/** Tokens of a text that are gone on with, at most. */
const PROMPT = 16;

/**
 * What writes the same number of texts each time, by the same seed.
 *
 * @throws RangeError if a prompt leaves no room in the context, or a vocabulary has nothing that an empty one could stand for.
 */
export function textSampler(
  tokenizer: Tokenizer,
  { prompts, tokens, temperature, context, seed, text }: SampleOptions,
): (model: CausalLM) => Promise<string[]> {
  const begin = Math.min(PROMPT, Math.ceil(context / 2));
  const given = prompts?.map((prompt, index) => {
    const name = `samples.prompts[${index}]`;
    const encoded = tokenizer.encode(prompt, { truncation: false, padding: false }).ids;
    const ids = encoded.length > 0 ? encoded : [marksOf(tokenizer).beginTokenId ?? []].flat();
    if (ids.length > 0 && ids.length < context) return ids;
    throw new RangeError(
      ids.length === 0
        ? `${name} must have a token where no token begins texts, but has none`
        : `${name} must have fewer tokens than context, ${context}, but has ${ids.length}`,
    );
  });
  const inputIds = given ?? [[...text.subarray(0, begin)]];
  const longest = Math.max(...inputIds.map(({ length }) => length));
  const maxNewTokens = Math.min(tokens, context - longest);
  return async (model) => {
    const made = await model.generate({ inputIds }, { doSample: true, temperature, seed, maxNewTokens });
    return made.map((ids) => tokenizer.decode(ids, { skipSpecialTokens: true }));
  };
}
