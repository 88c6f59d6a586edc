import { PieceWeights } from './piece_weights.js';
import { type Piece, seedPieces } from './seed_pieces.js';
import { checkVocabSize, type TrainingProgress } from './training_options.js';
import type { WordCounts } from './word_counter.js';

export interface PieceOptions {
  vocabSize: number;
  /** How many tokens the vocabulary has beside the pieces. */
  specialTokens: number;
  initialAlphabet: readonly string[];
  shrinkingFactor: number;
  maxPieceLength: number;
  nSubIterations: number;
}

/** What a character that was lost gets more than the one lost before it. */
const penaltyStep = 0.0001;

/** Finds the pieces of a Unigram vocabulary: very many to begin with, of which the least useful are lost in turns. */
export function* learnPieces(
  counts: WordCounts,
  options: PieceOptions,
): Generator<TrainingProgress, Piece[]> {
  const { vocabSize, shrinkingFactor, nSubIterations } = options;
  const alphabet = alphabetOf(counts, options.initialAlphabet);
  checkVocabSize(vocabSize, options.specialTokens, alphabet.length);
  yield { stage: 'find pieces', done: 0, total: counts.size };
  const weights = new PieceWeights(seedPieces(counts, options.maxPieceLength), counts);
  yield { stage: 'find pieces', done: counts.size, total: counts.size };

  const enough = Math.floor((vocabSize * 11) / 10);
  const rounds = 1 + Math.max(0, Math.floor(Math.log(enough / weights.size) / Math.log(shrinkingFactor)));
  const total = counts.size * (rounds * (nSubIterations + 1) - 1);
  let done = 0;
  function* report(words: Generator<undefined>): Generator<TrainingProgress> {
    for (const _ of words)
      if (++done % 1000 === 0) yield { stage: 'weigh pieces', done: Math.min(done, total), total };
  }
  for (let before = Infinity; ; ) {
    for (let i = 0; i < nSubIterations; i++) yield* report(weights.weigh());
    if (weights.size <= enough || weights.size >= before) break; // it may not get any smaller
    before = weights.size;
    yield* report(weights.prune(Math.max(enough, Math.floor(weights.size * shrinkingFactor))));
  }
  yield { stage: 'weigh pieces', done: total, total };
  return choose(weights, alphabet, vocabSize - options.specialTokens);
}

/** All characters, which must be in the vocabulary, by code points. */
function alphabetOf(counts: WordCounts, initialAlphabet: readonly string[]): string[] {
  const characters = new Set<string>();
  for (const word of counts.keys()) for (const character of word) characters.add(character);
  for (const [first] of initialAlphabet) if (first !== undefined) characters.add(first);
  return [...characters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
}

/** The alphabet and as many other pieces as there is room for, by falling score. */
function choose(weights: PieceWeights, alphabet: readonly string[], size: number): Piece[] {
  const known = new Map(weights.pieces().map((piece) => [piece.text, piece]));
  let lostScore = Math.min(weights.leastScore, 0);
  const characters = alphabet.map((text) => {
    const piece = known.get(text) ?? { text, score: lostScore };
    if (!known.delete(text)) lostScore += penaltyStep;
    return piece;
  });
  known.delete('<UNK>'); // the reference trains with a piece of this name
  const others = [...known.values()].slice(0, size - characters.length);
  return [...characters, ...others].sort((a, b) => b.score - a.score);
}
