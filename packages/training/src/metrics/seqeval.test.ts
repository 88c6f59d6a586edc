import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type EntitiesOptions, entitiesOf } from './entities.js';
import { type EntityScore, seqeval } from './seqeval.js';

type Row = { precision: number; recall: number; 'f1-score': number; support: number };
type Scores = {
  precision: number;
  recall: number;
  f1: number;
  macro_f1: number;
  report: Record<string, Row>;
};

/** What seqeval 1.2.2 says. */
const golden: {
  cases: {
    name: string;
    true: string[][];
    pred: string[][];
    entities_true: [type: string, first: number, last: number][][];
    entities_pred: [type: string, first: number, last: number][][];
    entities_strict_true: [first: number, last: number, type: string][][];
    entities_strict_pred: [first: number, last: number, type: string][][];
    token_accuracy: number;
    default: Scores;
    strict_iob2: Scores;
  }[];
} = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/metrics/seqeval.json', import.meta.url), 'utf8'),
);

const STRICT: EntitiesOptions = { mode: 'strict', scheme: 'IOB2' };

describe('seqeval', () => {
  it.each(golden.cases)('equals seqeval: $name', (expected) => {
    for (const [options, scores] of [
      [{}, expected.default],
      [STRICT, expected.strict_iob2],
    ] as const) {
      const score = seqeval(expected.pred, expected.true, options);
      expect(score.accuracy).toBeCloseTo(expected.token_accuracy, 12);
      expect(score.precision).toBeCloseTo(scores.precision, 12);
      expect(score.recall).toBeCloseTo(scores.recall, 12);
      expect(score.f1).toBeCloseTo(scores.f1, 12);
      expect(score.macro.f1).toBeCloseTo(scores.macro_f1, 12);
      const rows: Record<string, EntityScore> = {
        ...score.byType,
        'micro avg': score,
        'macro avg': score.macro,
        'weighted avg': score.weighted,
      };
      expect(Object.keys(rows)).toEqual(Object.keys(scores.report));
      for (const [name, row] of Object.entries(scores.report)) {
        expect(rows[name]!.precision, name).toBeCloseTo(row.precision, 12);
        expect(rows[name]!.recall, name).toBeCloseTo(row.recall, 12);
        expect(rows[name]!.f1, name).toBeCloseTo(row['f1-score'], 12);
        expect(rows[name]!.support, name).toBe(row.support);
      }
    }
  });

  it.each(golden.cases)('finds the entities of seqeval: $name', (expected) => {
    const strict = (sentences: typeof expected.entities_strict_true) =>
      sentences.map((entities) => entities.map(([first, last, type]) => [type, first, last]));
    expect(expected.true.map((tags) => entitiesOf(tags))).toEqual(expected.entities_true);
    expect(expected.pred.map((tags) => entitiesOf(tags))).toEqual(expected.entities_pred);
    expect(expected.true.map((tags) => entitiesOf(tags, STRICT))).toEqual(
      strict(expected.entities_strict_true),
    );
    expect(expected.pred.map((tags) => entitiesOf(tags, STRICT))).toEqual(
      strict(expected.entities_strict_pred),
    );
  });

  it('gives 0 where there is nothing to count', () => {
    const none = { precision: 0, recall: 0, f1: 0, support: 0 };
    const averages = { ...none, byType: {}, macro: none, weighted: none };
    expect(seqeval([['O']], [['O']])).toEqual({ ...averages, accuracy: 1 });
    expect(seqeval([[]], [[]])).toEqual({ ...averages, accuracy: 0 });
  });

  it('reads tags with the prefix at the end', () => {
    const { f1, byType } = seqeval([['PER-B', 'PER-I', 'O']], [['PER-B', 'PER-I', 'LOC-B']], {
      suffix: true,
    });
    expect(f1).toBeCloseTo(2 / 3, 12);
    expect(Object.keys(byType)).toEqual(['LOC', 'PER']);
  });

  it('refuses sentences that do not match', () => {
    expect(() => seqeval([], [])).toThrow(new RangeError('predictions must not be empty'));
    expect(() => seqeval([['O']], [['O'], ['O']])).toThrow(
      new RangeError('references must be as many as predictions, 1, but are 2'),
    );
    expect(() => seqeval([['O'], ['O']], [['O'], ['O', 'O']])).toThrow(
      new RangeError('predictions[1] must have as many tags as references[1], 2, but has 1'),
    );
  });
});
