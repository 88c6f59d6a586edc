import { type EntitiesOptions, type Entity, entitiesOf } from './entities.js';
import { checkPaired } from './paired.js';

export interface EntityScore {
  /** Of the entities predicted, the share that the references have. */
  readonly precision: number;
  /** Of the entities of the references, the share predicted. */
  readonly recall: number;
  /** 2 P R / (P + R). */
  readonly f1: number;
  /** Entities of the references. */
  readonly support: number;
}

/** Precision, recall and F1 at the top are those of all entities together, the micro average. */
export interface SeqevalScore extends EntityScore {
  /** Share of tokens with the tag of the reference. */
  readonly accuracy: number;
  readonly byType: Readonly<Record<string, EntityScore>>;
  /** Mean over the types. */
  readonly macro: EntityScore;
  /** Mean over the types, weighted by their support. */
  readonly weighted: EntityScore;
}

/**
 * Scores of a tagger by whole entities, equal to seqeval 1.2.2: an entity counts as found where type, first and last
 * token are right. All scores are from 0 to 1, and 0 where they would divide by 0, also where seqeval gives NaN (macro
 * average without any entity) or fails (accuracy without any token).
 *
 * @param predictions tags of each sentence
 * @param references true tags of each sentence
 * @throws RangeError if there is no sentence, a prediction differs in length from its reference, or `entitiesOf`
 * cannot read a tag.
 * @see Tjong Kim Sang & Buchholz (2000), https://aclanthology.org/W00-0726; Nakayama (2018),
 * https://github.com/chakki-works/seqeval
 * @example
 * seqeval([['B-PER', 'I-PER', 'O']], [['B-PER', 'I-PER', 'B-LOC']]).recall; // => 0.5
 */
export function seqeval(
  predictions: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  options: EntitiesOptions = {},
): SeqevalScore {
  checkLengths(predictions, references);
  const counts = countTypes(entitiesOfAll(predictions, options), entitiesOfAll(references, options));
  const types = [...counts.keys()].sort();
  const scores = types.map((type) => scoreOf(counts.get(type)!));
  const all = { both: 0, predicted: 0, actual: 0 };
  for (const { both, predicted, actual } of counts.values()) {
    all.both += both;
    all.predicted += predicted;
    all.actual += actual;
  }
  return {
    ...scoreOf(all),
    accuracy: accuracyOf(predictions.flat(), references.flat()),
    byType: Object.fromEntries(types.map((type, index) => [type, scores[index]!])),
    macro: averageOf(scores, () => 1),
    weighted: averageOf(scores, ({ support }) => support),
  };
}

function checkLengths(
  predictions: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
): void {
  checkPaired(predictions, references);
  references.forEach(({ length }, index) => {
    const predicted = predictions[index]!.length;
    if (predicted !== length) {
      throw new RangeError(
        `predictions[${index}] must have as many tags as references[${index}], ${length}, but has ${predicted}`,
      );
    }
  });
}

/** Places count over all sentences, with an O after each, as in seqeval. */
function entitiesOfAll(sentences: readonly (readonly string[])[], options: EntitiesOptions): Entity[] {
  return entitiesOf(
    sentences.flatMap((tags) => [...tags, 'O']),
    options,
  );
}

interface Counts {
  both: number;
  predicted: number;
  actual: number;
}

function countTypes(predicted: readonly Entity[], actual: readonly Entity[]): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  const countsOf = (type: string): Counts => {
    const known = counts.get(type) ?? { both: 0, predicted: 0, actual: 0 };
    counts.set(type, known);
    return known;
  };
  for (const [type] of actual) countsOf(type).actual++;
  const right = new Set(actual.map((entity) => entity.join(' ')));
  for (const entity of predicted) {
    const ofType = countsOf(entity[0]);
    ofType.predicted++;
    if (right.has(entity.join(' '))) ofType.both++;
  }
  return counts;
}

function scoreOf({ both, predicted, actual }: Counts): EntityScore {
  const precision = ratio(both, predicted);
  const recall = ratio(both, actual);
  return { precision, recall, f1: ratio(2 * precision * recall, precision + recall), support: actual };
}

function averageOf(scores: readonly EntityScore[], weightOf: (score: EntityScore) => number): EntityScore {
  const sum = (term: (score: EntityScore) => number) =>
    scores.reduce((total, score) => total + term(score), 0);
  const weights = sum(weightOf);
  const average = (name: keyof EntityScore) =>
    ratio(
      sum((score) => weightOf(score) * score[name]),
      weights,
    );
  return {
    precision: average('precision'),
    recall: average('recall'),
    f1: average('f1'),
    support: sum(({ support }) => support),
  };
}

function accuracyOf(predicted: readonly string[], actual: readonly string[]): number {
  return ratio(predicted.filter((tag, index) => tag === actual[index]).length, actual.length);
}

function ratio(numerator: number, denominator: number): number {
  return denominator > 0 ? numerator / denominator : 0;
}
