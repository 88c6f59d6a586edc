import { checkInteger } from '../check_integer.js';
import { compareCodePoints } from '../text/characters.js';
import type { Tokenizer } from '../tokenizer.js';
import { numbered, trainedTokenizer } from './trained_tokenizer.js';
import type { Texts, TrainingOptions } from './training_options.js';
import { checkSpecialTokens, checkUnkToken, checkVocabSize, componentsOf } from './training_options.js';
import { checkTexts, countWords, WordCounter, type WordCounts } from './word_counter.js';

/** How a WordLevel vocabulary is made: 30,000 tokens if not said otherwise. */
export interface WordLevelOptions extends TrainingOptions {
  /** How often a word must occur; 0 if not given. */
  minFrequency?: number;
  /** Stands for all other words; `[UNK]` if not given. It must be among the special tokens. */
  unkToken?: string;
  /** WhitespaceSplit if not given. */
  preTokenizer?: object | null;
}

/**
 * Makes a tokenizer whose vocabulary are the words of the texts: special tokens first, then words by falling count,
 * equals by their code points, as Hugging Face's trainer orders them. A word that is spelled like a special token is
 * that token; a word with half a surrogate pair, which no file could hold, is left out.
 *
 * @throws RangeError if the special tokens lack the unknown token or do not fit into the vocabulary
 */
export async function trainWordLevel(texts: Texts, options: WordLevelOptions = {}): Promise<Tokenizer> {
  const settings = withDefaults(options);
  return tokenizerOf(await countWords(texts, settings.components, options), settings);
}

/** The same from a list, without waiting. */
export function trainWordLevelSync(texts: Iterable<string>, options: WordLevelOptions = {}): Tokenizer {
  const settings = withDefaults(options);
  checkTexts(texts);
  const counter = new WordCounter(settings.components);
  for (const text of texts) counter.add(text);
  return tokenizerOf(counter.counts, settings);
}

function withDefaults(options: WordLevelOptions) {
  const { vocabSize = 30_000, minFrequency = 0, unkToken = '[UNK]' } = options;
  const specialTokens = checkSpecialTokens(options.specialTokens ?? [unkToken]);
  checkUnkToken(unkToken, specialTokens);
  checkVocabSize(vocabSize, specialTokens.length);
  checkInteger('minFrequency', minFrequency);
  const components = componentsOf(options, { preTokenizer: { type: 'WhitespaceSplit' } });
  return { vocabSize, minFrequency, unkToken, specialTokens, components };
}

function tokenizerOf(counts: WordCounts, settings: ReturnType<typeof withDefaults>): Tokenizer {
  const { vocabSize, minFrequency, unkToken, specialTokens, components } = settings;
  const special = new Set(specialTokens);
  const words = [...counts]
    .filter(([word, count]) => count >= minFrequency && !special.has(word))
    .sort(([wordA, a], [wordB, b]) => b - a || compareCodePoints(wordA, wordB))
    .map(([word]) => word);
  const vocab = numbered([...specialTokens, ...words].slice(0, vocabSize));
  return trainedTokenizer({ type: 'WordLevel', vocab, unk_token: unkToken }, specialTokens, components);
}
