import type { JsonNode } from '../json/json_node.js';
import { PairMap } from './pair_map.js';
import type { Vocabulary } from './vocabulary.js';

/** Two tokens that become one. */
export type Merge = readonly [left: string, right: string];

/** The merges of a BPE vocabulary, by the ids of their tokens; the rank of a merge is its place in the list. */
export class Merges {
  private readonly ranks = new PairMap();
  private readonly results: Int32Array;

  /**
   * @param merges of the same pair twice the last counts
   * @param vocabulary has all tokens of merges, and what they become
   * @param prefixLength UTF-16 units that the right token loses when it is merged
   * @param error makes the error of a merge of unknown tokens
   */
  constructor(
    private readonly merges: readonly Merge[],
    private readonly vocabulary: Vocabulary,
    prefixLength = 0,
    error = (rank: number, rule: string) => new Error(`merge ${rank} ${rule}`),
  ) {
    this.results = new Int32Array(merges.length);
    const idOf = (token: string, rank: number) => {
      const id = vocabulary.id(token);
      if (id === undefined)
        throw error(rank, `must be of tokens in the vocabulary, which lacks ${JSON.stringify(token)}`);
      return id;
    };
    merges.forEach(([left, right], rank) => {
      this.ranks.set(idOf(left, rank), idOf(right, rank), rank);
      this.results[rank] = idOf(left + right.slice(prefixLength), rank);
    });
  }

  /** Reads both spellings: `["a", "b"]`, and `"a b"`, where what begins with `#version` is no merge. */
  static fromJSON(json: JsonNode, vocabulary: Vocabulary, prefixLength: number): Merges {
    const list = json.list();
    const places = list.flatMap((merge, i) => (isVersion(merge) ? [] : [i]));
    const errorAt = (place: number, rule: string) => json.items()[place]!.error(rule);
    const merges = places.map((place) => {
      const merge = typeof list[place] === 'string' ? list[place].split(' ') : list[place];
      if (isMerge(merge)) return merge;
      throw errorAt(place, 'must be two tokens, as ["a", "b"] or "a b"');
    });
    return new Merges(merges, vocabulary, prefixLength, (rank, rule) => errorAt(places[rank]!, rule));
  }

  /** -1 if the tokens are never merged. */
  rank(left: number, right: number): number {
    return this.ranks.get(left, right);
  }

  /** The id of what a merge makes, as a signed integer. */
  result(rank: number): number {
    return this.results[rank]!;
  }

  /** The merges that count. */
  toJSON(): readonly Merge[] {
    const id = (token: string) => this.vocabulary.id(token)!;
    return this.merges.filter(([left, right], rank) => this.rank(id(left), id(right)) === rank);
  }
}

const isVersion = (merge: unknown) => typeof merge === 'string' && merge.startsWith('#version');

const isMerge = (merge: unknown): merge is Merge =>
  Array.isArray(merge) && merge.length === 2 && merge.every((token) => typeof token === 'string');
