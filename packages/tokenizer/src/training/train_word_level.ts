import { JsonNode } from '../json/json_node.js';
import { normalizers } from '../normalizers/index.js';
import { preTokenizers } from '../pre_tokenizers/index.js';
import { compareCodePoints } from '../text/characters.js';
import { NormalizedString } from '../text/normalized_string.js';
import { Tokenizer } from '../tokenizer.js';

/** How a WordLevel vocabulary is made. Components are as in a tokenizer.json, such as `{ type: 'Lowercase' }`. */
export interface WordLevelOptions {
  /** Tokens at most, special ones included; 30,000 if not given. */
  vocabSize?: number;
  /** How often a word must occur; 0 if not given. */
  minFrequency?: number;
  /** Tokens with the first ids, in this order; `unkToken` must be among them. */
  specialTokens?: string[];
  unkToken?: string;
  normalizer?: object | null;
  /** WhitespaceSplit if not given. */
  preTokenizer?: object | null;
  postProcessor?: object | null;
  decoder?: object | null;
}

/**
 * Makes a tokenizer whose vocabulary are the words of the texts: special tokens first, then words by falling count,
 * equals by their code points, as Hugging Face's trainer orders them. A word that is spelled like a special token is
 * that token; a word with half a surrogate pair, which no file could hold, is left out.
 *
 * @throws RangeError if the special tokens lack the unknown token or do not fit into the vocabulary
 */
export function trainWordLevel(texts: Iterable<string>, options: WordLevelOptions = {}): Tokenizer {
  const { vocabSize = 30_000, minFrequency = 0, unkToken = '[UNK]', specialTokens = [unkToken] } = options;
  const {
    normalizer = null,
    preTokenizer = { type: 'WhitespaceSplit' },
    postProcessor = null,
    decoder = null,
  } = options;
  if (typeof texts === 'string') throw new TypeError('texts must be a list of texts, but is one text');
  if (!specialTokens.includes(unkToken)) {
    throw new RangeError(
      `specialTokens must have the unknown token ${unkToken}, but are ${specialTokens.join(', ')}`,
    );
  }
  if (!Number.isInteger(vocabSize) || vocabSize < specialTokens.length) {
    throw new RangeError(
      `vocabSize must hold the ${specialTokens.length} special tokens, but is ${vocabSize}`,
    );
  }
  const counts = countWords(texts, normalizer, preTokenizer);
  for (const token of specialTokens) counts.delete(token);
  const words = [...counts]
    .filter(([word, count]) => count >= minFrequency && !/\p{Surrogate}/u.test(word))
    .sort(([wordA, a], [wordB, b]) => b - a || compareCodePoints(wordA, wordB))
    .map(([word]) => word);
  const vocabulary = [...specialTokens, ...words].slice(0, vocabSize);
  return Tokenizer.fromJSON({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({ id, content, ...special })),
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: postProcessor,
    decoder,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      unk_token: unkToken,
    },
  });
}

const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

function countWords(texts: Iterable<string>, normalizer: object | null, preTokenizer: object | null) {
  const normalize = normalizers.buildOptional(JsonNode.of(normalizer, 'normalizer'));
  const split = preTokenizers.buildOptional(JsonNode.of(preTokenizer, 'preTokenizer'));
  const counts = new Map<string, number>();
  for (const text of texts) {
    const original = NormalizedString.of(text);
    const normalized = normalize?.normalize(original) ?? original;
    for (const { text: word } of split?.preTokenize(normalized) ?? [normalized]) {
      if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}
