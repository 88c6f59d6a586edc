import { highestIndex } from '../scores.js';
import type { TokenJoiner } from './token_joiner.js';

/** How tokens become entities. */
export const aggregationStrategies = ['none', 'simple', 'first', 'average', 'max'] as const;
export type AggregationStrategy = (typeof aggregationStrategies)[number];

/** A token, or with an aggregation a run of tokens, and what it was found to be. */
export interface TokenEntity {
  /** The class of the token; without aggregation. */
  entity?: string;
  /** The class of the run, without `B-` and `I-`; with an aggregation. */
  entityGroup?: string;
  /** The probability of the class: of a run the mean. */
  score: number;
  /** The token among those of the text, special ones included; without aggregation. */
  index?: number;
  /** The token, or the text that the tokenizer makes of the run. */
  word: string;
  /** Where it stands: `text.slice(start, end)`. */
  start: number;
  end: number;
}

/** A token of a text, and the probability of each class. */
export interface ScoredToken {
  index: number;
  word: string;
  scores: number[];
  start: number;
  end: number;
  /** Whether it goes on with the word of the token before. */
  isSubword: boolean;
}

type Labelled = Omit<TokenEntity, 'entity' | 'entityGroup'> & { entity: string };

/**
 * Tokens as entities. `simple` joins tokens of one class; `first`, `average` and `max` give each word one class before: that of
 * its first token, of the mean of its tokens' probabilities, or of the token that has the highest.
 *
 * @see TokenClassificationPipeline in Hugging Face's library, whose results these are
 */
export function aggregate(
  tokens: readonly ScoredToken[],
  strategy: AggregationStrategy,
  labels: readonly string[],
  joiner: () => TokenJoiner,
): TokenEntity[] {
  if (strategy === 'none' || strategy === 'simple') {
    const entities = tokens.map(({ scores, index, word, start, end }): Labelled => {
      return { ...bestOf(scores, labels), index, word, start, end };
    });
    return strategy === 'none' ? entities : groupEntities(entities, joiner());
  }
  const words: ScoredToken[][] = [];
  for (const token of tokens) {
    if (token.isSubword && words.length > 0) words.at(-1)!.push(token);
    else words.push([token]);
  }
  const entities = words.map((word): Labelled => {
    return {
      ...bestOf(wordScores(word, strategy), labels),
      word: joiner().join(word.map((token) => token.word)),
      start: word[0]!.start,
      end: word.at(-1)!.end,
    };
  });
  return groupEntities(entities, joiner());
}

/**
 * The entities of all windows of a text, of which those that begin within another give way, or take its place if they are longer,
 * or as long and likelier.
 */
export function mergeOverlapping(entities: readonly TokenEntity[]): TokenEntity[] {
  const sorted = [...entities].sort((a, b) => a.start - b.start);
  const merged: TokenEntity[] = [];
  let previous = sorted[0];
  if (!previous) return merged;
  for (const entity of sorted) {
    if (previous.start <= entity.start && entity.start < previous.end) {
      const longer = entity.end - entity.start - (previous.end - previous.start);
      if (longer > 0 || (longer === 0 && entity.score > previous.score)) previous = entity;
    } else {
      merged.push(previous);
      previous = entity;
    }
  }
  return [...merged, previous];
}

function bestOf(scores: readonly number[], labels: readonly string[]): { entity: string; score: number } {
  const id = highestIndex(scores);
  return { entity: labels[id]!, score: scores[id]! };
}

/** One row of probabilities for the tokens of a word. */
function wordScores(word: readonly ScoredToken[], strategy: 'first' | 'average' | 'max'): number[] {
  const rows = word.map(({ scores }) => scores);
  if (strategy === 'first') return rows[0]!;
  if (strategy === 'average') return rows[0]!.map((_, id) => mean(rows.map((row) => row[id]!)));
  return rows[highestIndex(rows.map((row) => Math.max(...row)))]!;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Joins neighbours of one class, unless the second begins another entity with `B-`. */
function groupEntities(entities: readonly Labelled[], { join }: TokenJoiner): TokenEntity[] {
  const groups: Labelled[][] = [];
  for (const entity of entities) {
    const last = groups.at(-1)?.at(-1);
    const continues = last && tagOf(entity.entity) === tagOf(last.entity) && !entity.entity.startsWith('B-');
    if (continues) groups.at(-1)!.push(entity);
    else groups.push([entity]);
  }
  return groups.map((group) => ({
    entityGroup: group[0]!.entity.replace(/^[^-]*-/, ''),
    score: mean(group.map(({ score }) => score)),
    word: join(group.map(({ word }) => word)),
    start: group[0]!.start,
    end: group.at(-1)!.end,
  }));
}

const tagOf = (label: string): string => label.replace(/^[BI]-/, '');
