import { Trie } from '../models/trie.js';
import { type LatticePieces, PieceLattice } from './piece_lattice.js';
import type { Piece } from './seed_pieces.js';
import type { WordCounts } from './word_counter.js';

/** How much less likely an unknown character is than the least likely piece. */
const unknownPenalty = 10;

/** How often a piece must be expected to stay. */
const leastExpected = 0.5;

/** Pieces and how likely they are, found by expectation maximization; the unlikely ones are lost on the way. */
export class PieceWeights implements LatticePieces {
  readonly trie: Trie;
  readonly isKept: Uint8Array;
  readonly scores: Float64Array;
  unknownScore: number;
  private readonly texts: string[];
  /** Of the pieces that are left, in their order; the unknown piece is not among them. */
  private ids: number[];
  private readonly lattice: PieceLattice;

  constructor(
    seeds: readonly Piece[],
    private readonly counts: WordCounts,
  ) {
    this.texts = ['', ...seeds.map(({ text }) => text)]; // the unknown piece has no text
    this.scores = Float64Array.from([0, ...seeds.map(({ score }) => score)]);
    this.isKept = new Uint8Array(this.texts.length).fill(1);
    this.ids = seeds.map((_, i) => i + 1);
    this.trie = new Trie(this.ids.map((id) => [this.texts[id]!, id]));
    this.unknownScore = this.leastScore - unknownPenalty;
    this.lattice = new PieceLattice(this);
  }

  /** How many pieces are left, the unknown one included. */
  get size(): number {
    return this.ids.length + 1;
  }

  /** The score of the least likely piece. */
  get leastScore(): number {
    return this.ids.reduce((least, id) => Math.min(least, this.scores[id]!), Infinity);
  }

  pieces(): Piece[] {
    return this.ids.map((id) => ({ text: this.texts[id]!, score: this.scores[id]! }));
  }

  /** Weighs the pieces by how often they are expected, a prior in favour of few pieces; yields at each word. */
  *weigh(): Generator<undefined> {
    const expected = new Float64Array(this.texts.length);
    for (const count of this.eachWord()) {
      this.lattice.addExpected(count, expected);
      yield;
    }
    const ids = this.ids.filter((id) => expected[id]! >= leastExpected);
    const sum = digamma(ids.reduce((total, id) => total + expected[id]!, 0));
    for (const id of ids) this.scores[id] = digamma(expected[id]!) - sum;
    this.keep(ids);
  }

  /**
   * Loses the pieces that are least worth keeping, by how much less likely the words would be without. Pieces that
   * nothing can take the place of stay, and are put first. Yields at each word.
   *
   * @param size how many stay, the unknown one included
   */
  *prune(size: number): Generator<undefined> {
    const frequencies = new Float64Array(this.texts.length);
    let words = 0;
    for (const count of this.eachWord()) {
      for (const id of this.lattice.bestPath()) frequencies[id]! += count;
      words += count;
      yield;
    }
    const sum = frequencies.reduce((total, frequency) => total + frequency, 0);
    const kept: number[] = [];
    const candidates: { id: number; loss: number }[] = [];
    for (const id of this.ids) {
      const frequency = frequencies[id]!;
      this.lattice.fill(this.texts[id]!);
      const [best, second] = this.lattice.twoBestPaths();
      if (!second || (best!.length > 1 && frequency > 0)) kept.push(id);
      if (!second || best!.length > 1 || frequency === 0) continue;
      const change = logLikelihoodChange(frequency, sum, second, frequencies, this.size);
      candidates.push({ id, loss: (frequency / words) * change });
    }
    for (const { id } of candidates.sort((a, b) => b.loss - a.loss)) {
      if (kept.length + 1 === size) break;
      kept.push(id);
    }
    this.keep(kept);
  }

  /** Fills the lattice with each word, and yields how often that is there. */
  private *eachWord(): Generator<number> {
    for (const [word, count] of this.counts) {
      this.lattice.fill(word);
      yield count;
    }
  }

  private keep(ids: number[]): void {
    this.ids = ids;
    this.isKept.fill(0);
    for (const id of ids) this.isKept[id] = 1;
    this.unknownScore = this.leastScore - unknownPenalty;
  }
}

/** How much likelier a piece is than the pieces that would take its place. */
function logLikelihoodChange(
  frequency: number,
  sum: number,
  others: readonly number[],
  frequencies: Float64Array,
  size: number,
): number {
  const logSumWithout = Math.log(sum + frequency * (size - 1)); // SentencePiece has the number of others for the size
  let without = 0;
  for (const id of others) without += Math.log(frequencies[id]! + frequency) - logSumWithout;
  return Math.log(frequency) - Math.log(sum) - without;
}

/** The derivative of log Γ. */
function digamma(x: number): number {
  let [shifted, result] = [x, 0];
  for (; shifted < 7; shifted++) result -= 1 / shifted;
  shifted -= 1 / 2;
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  const fourth = square * square;
  return (
    result +
    (Math.log(shifted) +
      (1 / 24) * square -
      (7 / 960) * fourth +
      (31 / 8064) * fourth * square -
      (127 / 30720) * fourth * fourth)
  );
}
