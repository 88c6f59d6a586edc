import { accuracy } from './classification.js';
import { type EntitiesOptions, type Entity, entitiesOf } from './entities.js';
import { checkPaired } from './paired.js';
import {
  type Average,
  type ClassCounts,
  type PrecisionRecall,
  scoresOf,
  summarize,
} from './precision_recall.js';

export interface EntityScore extends PrecisionRecall {
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
  const all = types.map((type) => counts.get(type)!);
  const support = all.reduce((sum, { references: actual }) => sum + actual, 0);
  const averaged = (average: Average) => ({ ...summarize(all, average), support });
  return {
    ...averaged('micro'),
    accuracy: accuracyOf(predictions.flat(), references.flat()),
    byType: Object.fromEntries(
      types.map((type, i) => [type, { ...scoresOf(all[i]!), support: all[i]!.references }]),
    ),
    macro: averaged('macro'),
    weighted: averaged('weighted'),
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

function countTypes(predicted: readonly Entity[], actual: readonly Entity[]): Map<string, ClassCounts> {
  const counts = new Map<string, ClassCounts>();
  const count = (type: string, key: keyof ClassCounts) => {
    const known = counts.get(type) ?? { predictions: 0, references: 0, both: 0 };
    counts.set(type, { ...known, [key]: known[key] + 1 });
  };
  for (const [type] of actual) count(type, 'references');
  const right = new Set(actual.map((entity) => entity.join(' ')));
  for (const entity of predicted) {
    count(entity[0], 'predictions');
    if (right.has(entity.join(' '))) count(entity[0], 'both');
  }
  return counts;
}

function accuracyOf(predicted: readonly string[], actual: readonly string[]): number {
  return actual.length > 0 ? accuracy(predicted, actual) : 0;
}
