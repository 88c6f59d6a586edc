import { checkInteger } from '../check_integer.js';

/** Texts to train on: a list, or a stream such as the lines of a file. */
export type Texts = Iterable<string> | AsyncIterable<string>;

/** How far a training is. */
export interface TrainingProgress {
  stage: 'count words' | 'count pairs' | 'merge pairs' | 'find pieces' | 'weigh pieces';
  done: number;
  /** Not known while texts are read. */
  total?: number;
}

/** The parts of a tokenizer beside its model, as in a tokenizer.json, such as `{ type: 'Lowercase' }`; null is none. */
export interface Components {
  normalizer: object | null;
  preTokenizer: object | null;
  postProcessor: object | null;
  decoder: object | null;
}

/** What all trainers take. */
export interface TrainingOptions extends Partial<Components> {
  /** Tokens at most, special ones included. */
  vocabSize?: number;
  /** Tokens with the first ids, in this order. */
  specialTokens?: readonly string[];
  onProgress?: (progress: TrainingProgress) => void;
}

/** How a vocabulary is made of merges. */
export interface MergeOptions {
  /** How often two tokens must be side by side to become one; 0 if not given. */
  minFrequency?: number;
  /** Characters at most that are tokens by themselves, the most frequent ones; all if not given. */
  limitAlphabet?: number;
  /** Characters that are tokens by themselves even if no text has them; of a longer string the first counts. */
  initialAlphabet?: readonly string[];
}

/** The components that are given, and the usual ones for the others. */
export function componentsOf(options: TrainingOptions, usual: Partial<Components>): Components {
  const { normalizer = null, preTokenizer = null, postProcessor = null, decoder = null } = usual;
  return {
    normalizer: options.normalizer === undefined ? normalizer : options.normalizer,
    preTokenizer: options.preTokenizer === undefined ? preTokenizer : options.preTokenizer,
    postProcessor: options.postProcessor === undefined ? postProcessor : options.postProcessor,
    decoder: options.decoder === undefined ? decoder : options.decoder,
  };
}

/** The tokens without those that are there a second time. @throws TypeError if one is empty or no text */
export function checkSpecialTokens(tokens: readonly string[]): string[] {
  checkTextList('specialTokens', tokens);
  const empty = tokens.indexOf('');
  if (empty >= 0) throw new TypeError(`specialTokens[${empty}] must have characters, but is ""`);
  return [...new Set(tokens)];
}

/** @throws TypeError if it is no list of texts, or a file could not hold one */
export function checkTextList(name: string, texts: readonly string[]): void {
  if (!Array.isArray(texts)) throw new TypeError(`${name} must be a list, but is ${JSON.stringify(texts)}`);
  for (const [i, text] of texts.entries()) checkText(`${name}[${i}]`, text);
}

/** @throws TypeError if it is no text, or has half a surrogate pair, which a file could not hold */
export function checkText(name: string, text: unknown): void {
  if (typeof text === 'string' && !/\p{Surrogate}/u.test(text)) return;
  throw new TypeError(`${name} must be a text of whole characters, but is ${JSON.stringify(text)}`);
}

/** @throws RangeError if the tokens lack the unknown token */
export function checkUnkToken(unkToken: string | null | undefined, specialTokens: readonly string[]): void {
  if (unkToken === null || unkToken === undefined || specialTokens.includes(unkToken)) return;
  throw new RangeError(
    `specialTokens must have the unknown token ${unkToken}, but are ${specialTokens.join(', ') || 'none'}`,
  );
}

/** @throws RangeError or TypeError if an option that is given is not an integer from 0, or no text */
export function checkMergeOptions(
  options: MergeOptions & { continuingSubwordPrefix?: string; endOfWordSuffix?: string },
): void {
  const {
    minFrequency,
    limitAlphabet,
    initialAlphabet = [],
    continuingSubwordPrefix,
    endOfWordSuffix,
  } = options;
  if (minFrequency !== undefined) checkInteger('minFrequency', minFrequency);
  if (limitAlphabet !== undefined) checkInteger('limitAlphabet', limitAlphabet);
  checkTextList('initialAlphabet', initialAlphabet);
  if (continuingSubwordPrefix !== undefined) checkText('continuingSubwordPrefix', continuingSubwordPrefix);
  if (endOfWordSuffix !== undefined) checkText('endOfWordSuffix', endOfWordSuffix);
}

/** @throws RangeError if the vocabulary is too small for what it must hold, or its size no integer */
export function checkVocabSize(vocabSize: number, specialTokens: number, characters?: number): void {
  checkInteger('vocabSize', vocabSize);
  if (vocabSize >= specialTokens + (characters ?? 0)) return;
  const held = characters === undefined ? '' : ` and the ${characters} characters`;
  throw new RangeError(`vocabSize must hold the ${specialTokens} special tokens${held}, but is ${vocabSize}`);
}
