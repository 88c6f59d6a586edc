import type { Merge } from '../models/merges.js';
import { MergedWords } from './merged_words.js';
import { PairCounts } from './pair_counts.js';
import { PairQueue } from './pair_queue.js';
import { checkVocabSize, type MergeOptions, type TrainingProgress } from './training_options.js';
import type { WordCounts } from './word_counter.js';

export interface LearnOptions extends MergeOptions {
  vocabSize: number;
  specialTokens: readonly string[];
  continuingSubwordPrefix?: string | undefined;
  endOfWordSuffix?: string | undefined;
  maxTokenLength?: number | undefined;
}

/** A vocabulary that was learned, and the merges that made it. */
export interface LearnedMerges {
  /** In the order of their ids. */
  tokens: string[];
  merges: Merge[];
}

/**
 * Learns merges: the two tokens that are most often side by side become one, again and again.
 *
 * Ids are special tokens, characters by code points, the letters with prefix or suffix as words first have them, then
 * what merges make. Quirks of the reference that are kept: characters out of the alphabet are left out of words, so that
 * what is beside them gets side by side; a token has less than `maxTokenLength` characters, unless it is of two. Unlike
 * there, a pair whose count falls below zero is not merged first: it may where a prefix or suffix is a letter of words.
 */
export function* learnMerges(
  counts: WordCounts,
  options: LearnOptions,
): Generator<TrainingProgress, LearnedMerges> {
  const { vocabSize, specialTokens, minFrequency = 0, continuingSubwordPrefix = '' } = options;
  const ids = new Map<string, number>();
  for (const token of [...specialTokens, ...alphabetOf(counts, options)]) idOf(ids, token);
  const words = spell(counts, ids, options);
  checkVocabSize(vocabSize, specialTokens.length, ids.size - specialTokens.length);

  const pairs = new PairCounts();
  for (let word = 0; word < words.size; word++) {
    words.countPairs(word, pairs);
    if (word % 10_000 === 0) yield { stage: 'count pairs', done: word, total: words.size };
  }
  yield { stage: 'count pairs', done: words.size, total: words.size };
  const queue = new PairQueue();
  const tokens = [...ids.keys()];
  const merges: Merge[] = [];
  const total = vocabSize - tokens.length;
  while (tokens.length < vocabSize) {
    for (const pair of pairs.takeFresh()) queue.push(pair);
    const top = queue.pop();
    if (!top) break;
    const { left, right } = top;
    const count = pairs.count(left, right);
    if (count !== top.count) {
      if (count > 0) queue.push({ ...top, count });
      continue;
    }
    if (count < minFrequency) break;
    const rest = tokens[right]!;
    const isContinuing = rest.startsWith(continuingSubwordPrefix);
    const token = tokens[left]! + (isContinuing ? rest.slice(continuingSubwordPrefix.length) : rest);
    const id = idOf(ids, token);
    if (id === tokens.length) tokens.push(token);
    merges.push([tokens[left]!, rest]);
    for (const word of top.words) words.merge(word, left, right, id, pairs);
    if (merges.length % 10 === 0)
      yield { stage: 'merge pairs', done: total - (vocabSize - tokens.length), total };
  }
  yield { stage: 'merge pairs', done: total, total };
  return { tokens, merges };
}

/** The id of a token, which gets the next one if it has none. */
function idOf(ids: Map<string, number>, token: string): number {
  const known = ids.get(token);
  if (known !== undefined) return known;
  ids.set(token, ids.size);
  return ids.size - 1;
}

/** The characters that are tokens by themselves, by code points; at the limit the smaller of equals stays. */
function alphabetOf(counts: WordCounts, { limitAlphabet, initialAlphabet = [] }: MergeOptions): string[] {
  const characters = new Map<string, number>();
  for (const [word, count] of counts) {
    for (const character of word) characters.set(character, (characters.get(character) ?? 0) + count);
  }
  for (const [first] of initialAlphabet) if (first !== undefined) characters.set(first, Infinity);
  const code = (character: string) => character.codePointAt(0)!;
  return [...characters]
    .sort(([a, countA], [b, countB]) => (countA === countB ? 0 : countB - countA) || code(a) - code(b))
    .slice(0, limitAlphabet)
    .map(([character]) => character)
    .sort((a, b) => code(a) - code(b));
}

/** The words as ids of their letters, which get ids where prefix or suffix make new tokens of them. */
function spell(counts: WordCounts, ids: Map<string, number>, options: LearnOptions): MergedWords {
  const { continuingSubwordPrefix = '', endOfWordSuffix = '', maxTokenLength = Infinity } = options;
  const letters: number[] = [];
  const starts = [0];
  for (const word of counts.keys()) {
    let end = 0;
    for (const character of word) {
      const prefix = end > 0 ? continuingSubwordPrefix : '';
      end += character.length;
      if (!ids.has(character)) continue;
      letters.push(idOf(ids, prefix + character + (end === word.length ? endOfWordSuffix : '')));
    }
    starts.push(letters.length);
  }
  return new MergedWords(letters, starts, [...counts.values()], maxTokenLength);
}
