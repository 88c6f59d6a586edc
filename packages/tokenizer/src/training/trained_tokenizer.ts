import { Tokenizer } from '../tokenizer.js';
import type { Components } from './training_options.js';

/** The tokenizer of a trained model, which is as in a tokenizer.json. */
export function trainedTokenizer(
  model: object,
  specialTokens: readonly string[],
  components: Components,
): Tokenizer {
  return Tokenizer.fromJSON({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({ id, content, ...special })),
    normalizer: components.normalizer,
    pre_tokenizer: components.preTokenizer,
    post_processor: components.postProcessor,
    decoder: components.decoder,
    model,
  });
}

const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

/** The tokens with their places as ids, as a vocabulary stands in a tokenizer.json. */
export const numbered = (tokens: Iterable<string>): Record<string, number> =>
  Object.fromEntries([...tokens].map((token, id) => [token, id]));
