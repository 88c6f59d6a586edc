import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  balancedAccuracy,
  cohenKappa,
  confusionMatrix,
  matthewsCorrelation,
  precisionRecallF1,
  scoresByClass,
} from './classification.js';
import { multiLabelScores } from './multi_label.js';
import type { PrecisionRecall } from './precision_recall.js';
import { averagePrecision, rocAuc } from './ranking.js';
import { meanAbsoluteError, meanSquaredError, pearson, r2, spearman } from './regression.js';

interface Case {
  name: string;
  true: number[];
  pred: number[];
  labels: number[];
  confusion: number[][];
  accuracy: number;
  balanced_accuracy: number;
  matthews: number;
  cohen_kappa: number | null;
  micro: PrecisionRecall;
  macro: PrecisionRecall;
  weighted: PrecisionRecall;
  binary?: PrecisionRecall;
  per_class: { precision: number[]; recall: number[]; f1: number[]; support: number[] };
}

/** What scikit-learn 1.9.1 says. */
const golden = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/metrics/classification.json', import.meta.url), 'utf8'),
);

const close = (scores: PrecisionRecall) => ({
  precision: expect.closeTo(scores.precision, 12),
  recall: expect.closeTo(scores.recall, 12),
  f1: expect.closeTo(scores.f1, 12),
});

describe('classes', () => {
  it.each(golden.cases as Case[])('equal scikit-learn: $name', (expected) => {
    const { true: references, pred: predictions } = expected;
    expect(confusionMatrix(predictions, references)).toEqual({
      labels: expected.labels,
      counts: expected.confusion,
    });
    expect(accuracy(predictions, references)).toBeCloseTo(expected.accuracy, 12);
    expect(balancedAccuracy(predictions, references)).toBeCloseTo(expected.balanced_accuracy, 12);
    expect(matthewsCorrelation(predictions, references)).toBeCloseTo(expected.matthews, 12);
    expect(cohenKappa(predictions, references)).toBeCloseTo(expected.cohen_kappa ?? Number.NaN, 12);
    for (const average of ['micro', 'macro', 'weighted', 'binary'] as const) {
      const scores = expected[average];
      if (scores) expect(precisionRecallF1(predictions, references, { average })).toEqual(close(scores));
    }
    const byClass = scoresByClass(predictions, references);
    expect([...byClass.keys()]).toEqual(expected.labels);
    [...byClass.values()].forEach(({ support, ...scores }, i) => {
      const { precision, recall, f1 } = expected.per_class;
      expect(scores).toEqual(close({ precision: precision[i]!, recall: recall[i]!, f1: f1[i]! }));
      expect(support).toBe(expected.per_class.support[i]);
    });
  });

  it('may be texts or truths', () => {
    const [predictions, references] = [
      ['spam', 'ham', 'spam'],
      ['spam', 'spam', 'spam'],
    ];
    expect(confusionMatrix(predictions, references)).toEqual({
      labels: ['ham', 'spam'],
      counts: [
        [0, 0],
        [1, 2],
      ],
    });
    const spam = precisionRecallF1(predictions, references, { positiveLabel: 'spam' });
    expect(spam).toEqual(close({ precision: 1, recall: 2 / 3, f1: 0.8 }));
    expect(precisionRecallF1([true], [true], { positiveLabel: true }).f1).toBe(1);
    expect(precisionRecallF1([0], [0])).toEqual({ precision: 0, recall: 0, f1: 0 });
    expect(cohenKappa([1], [1])).toBeNaN();
    expect(matthewsCorrelation([1], [1])).toBe(0);
  });

  it('that do not fit are refused', () => {
    expect(() => accuracy([], [])).toThrow('predictions must not be empty');
    expect(() => accuracy([1], [1, 2])).toThrow('references must be as many as predictions, 1, but are 2');
    expect(() => confusionMatrix([1, 'a'], [1, 1])).toThrow(
      'predictions and references must be of one type, but are number and string',
    );
    expect(() => precisionRecallF1([0, 1, 2], [0, 1, 2])).toThrow(
      'average must be micro, macro or weighted for 3 classes, but is binary',
    );
  });
});

describe('labels of which an example has several', () => {
  it('equal scikit-learn', () => {
    const { true: references, pred: predictions, ...expected } = golden.multi_label;
    expect(multiLabelScores(predictions, references)).toEqual({
      subsetAccuracy: expect.closeTo(expected.subset_accuracy, 12),
      hammingLoss: expect.closeTo(expected.hamming_loss, 12),
      micro: close(expected.micro),
      macro: close(expected.macro),
      weighted: close(expected.weighted),
      samples: close(expected.samples),
    });
  });

  it('are all there', () => {
    expect(() =>
      multiLabelScores(
        [[0, 1], [1]],
        [
          [0, 1],
          [0, 1],
        ],
      ),
    ).toThrow('predictions[1] must have 2 labels, as predictions[0], but has 1');
    expect(multiLabelScores([[false]], [[false]]).samples.f1).toBe(0);
  });
});

describe('numbers', () => {
  it('equal scikit-learn', () => {
    const { true: references, pred: predictions, ...expected } = golden.regression;
    expect(pearson(predictions, references)).toBeCloseTo(expected.pearson, 12);
    expect(spearman(predictions, references)).toBeCloseTo(expected.spearman, 12);
    expect(meanSquaredError(predictions, references)).toBeCloseTo(expected.mse, 12);
    expect(meanAbsoluteError(predictions, references)).toBeCloseTo(expected.mae, 12);
    expect(r2(predictions, references)).toBeCloseTo(expected.r2, 12);
  });

  it('that are equal have the mean of their ranks', () => {
    expect(spearman([1, 2, 2, 3], [1, 3, 2, 4])).toBeCloseTo(0.9486832980505138, 12);
    expect(pearson([1, 1], [1, 2])).toBeNaN();
    expect(r2([1, 1], [1, 1])).toBe(1);
    expect(r2([1, 2], [1, 1])).toBe(0);
    expect(r2([1], [1])).toBeNaN();
  });
});

describe('scores', () => {
  it('equal scikit-learn', () => {
    const { true: references, score, ...expected } = golden.ranking;
    expect(rocAuc(score, references)).toBeCloseTo(expected.roc_auc, 12);
    expect(averagePrecision(score, references)).toBeCloseTo(expected.average_precision, 12);
  });

  it('of one class alone, or that are no numbers', () => {
    expect(rocAuc([1, 2], [1, 1])).toBeNaN();
    expect(averagePrecision([1, 2], [0, 0])).toBe(0);
    expect(() => rocAuc([1, Number.NaN], [0, 1])).toThrow('predictions[1] must be a number, but is NaN');
  });
});
