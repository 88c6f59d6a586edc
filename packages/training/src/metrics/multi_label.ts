import { checkPaired } from './paired.js';
import { type Average, type ClassCounts, type PrecisionRecall, summarize } from './precision_recall.js';

/** For each example 1 (or true) for the labels that it has, 0 for the others. */
export type LabelSets = readonly (readonly (number | boolean)[])[];

/** Scores from 0 to 1 of predictions of any number of labels an example. */
export interface MultiLabelScores extends Readonly<Record<Average, PrecisionRecall>> {
  /** The share of examples all labels of which are right. */
  readonly subsetAccuracy: number;
  /** The share of labels that are wrong. */
  readonly hammingLoss: number;
}

/**
 * Scores predictions of several labels an example: precision, recall and F1 of all labels together (`micro`), their mean over
 * labels (`macro`; `weighted` by how often references have each) and over examples (`samples`). A share of nothing is 0.
 * Equal to scikit-learn.
 *
 * @throws RangeError if there is no prediction, not one reference for each, or two examples differ in their number of labels
 */
export function multiLabelScores(predictions: LabelSets, references: LabelSets): MultiLabelScores {
  checkPaired(predictions, references);
  const width = predictions[0]!.length;
  for (const [name, sets] of Object.entries({ predictions, references })) {
    const wrong = sets.findIndex(({ length }) => length !== width);
    if (wrong >= 0)
      throw new RangeError(
        `${name}[${wrong}] must have ${width} labels, as predictions[0], but has ${sets[wrong]!.length}`,
      );
  }
  const column = (sets: LabelSets, label: number) => sets.map((labels) => labels[label]!);
  const byLabel = Array.from({ length: width }, (_, i) =>
    countsOf(column(predictions, i), column(references, i)),
  );
  const byExample = predictions.map((labels, i) => countsOf(labels, references[i]!));
  const wrongOf = ({ predictions: found, references: there, both }: ClassCounts) => found + there - 2 * both;
  const wrong = byExample.map(wrongOf);
  return {
    subsetAccuracy: wrong.filter((count) => count === 0).length / wrong.length,
    hammingLoss: wrong.reduce((sum, count) => sum + count, 0) / (wrong.length * width),
    micro: summarize(byLabel, 'micro'),
    macro: summarize(byLabel, 'macro'),
    weighted: summarize(byLabel, 'weighted'),
    samples: summarize(byExample, 'samples'),
  };
}

function countsOf(found: readonly (number | boolean)[], there: readonly (number | boolean)[]): ClassCounts {
  return {
    predictions: found.filter(Boolean).length,
    references: there.filter(Boolean).length,
    both: found.filter((label, i) => label && there[i]).length,
  };
}
