import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RougeScore, type RougeType, rouge, sentenceRouge } from './rouge.js';

type Type = 'rouge1' | 'rouge2' | 'rougeL' | 'rougeLsum';

interface Golden {
  cases: ({ reference: string; prediction: string } & Record<Type, RougeScore>)[];
  mean_fmeasure: Record<Type, number>;
}

/** What rouge_score 0.1.2 says. */
const golden: { no_stemmer: Golden; stemmer: Golden } = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/metrics/rouge.json', import.meta.url), 'utf8'),
);

const TYPES: Type[] = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'];

function expectScore(actual: RougeScore, expected: RougeScore): void {
  expect(actual.precision).toBeCloseTo(expected.precision, 12);
  expect(actual.recall).toBeCloseTo(expected.recall, 12);
  expect(actual.fmeasure).toBeCloseTo(expected.fmeasure, 12);
}

describe.each([
  { useStemmer: false, ...golden.no_stemmer },
  { useStemmer: true, ...golden.stemmer },
])('rouge, useStemmer: $useStemmer', ({ useStemmer, cases, mean_fmeasure }) => {
  it.each(cases)('equals rouge_score: $prediction', ({ prediction, reference, ...expected }) => {
    const scores = sentenceRouge(prediction, reference, { useStemmer });
    expect(Object.keys(scores)).toEqual(TYPES);
    for (const type of TYPES) expectScore(scores[type], expected[type]);
  });

  it('is the mean over the predictions', () => {
    const scores = rouge(
      cases.map(({ prediction }) => prediction),
      cases.map(({ reference }) => reference),
      { useStemmer },
    );
    for (const type of TYPES) expect(scores[type].fmeasure).toBeCloseTo(mean_fmeasure[type], 12);
  });
});

describe('rouge', () => {
  it('takes the best reference of each type', () => {
    const rougeTypes: RougeType[] = ['rouge1', 'rouge2', 'rouge3', 'rouge9', 'rougeL', 'rougeLsum'];
    const references = ['a b c d', 'x\nb a c d\n c'];
    // What score_multi of rouge_score says.
    const expected = {
      rouge1: { precision: 1, recall: 5 / 6, fmeasure: 10 / 11 },
      rouge2: { precision: 1 / 2, recall: 2 / 3, fmeasure: 4 / 7 },
      rouge3: { precision: 1 / 3, recall: 1 / 2, fmeasure: 2 / 5 },
      rouge9: { precision: 0, recall: 0, fmeasure: 0 },
      rougeL: { precision: 3 / 5, recall: 3 / 4, fmeasure: 2 / 3 },
      rougeLsum: { precision: 4 / 5, recall: 2 / 3, fmeasure: 8 / 11 },
    };
    const one = sentenceRouge('a b\nc c x', references, { rougeTypes });
    const two = rouge(
      ['a b\nc c x', ''],
      [
        [references[0]!, ''],
        [references[1]!, 'a'],
      ],
      { rougeTypes },
    );
    for (const type of Object.keys(expected) as (keyof typeof expected)[]) {
      const { precision, recall, fmeasure } = expected[type];
      expectScore(one[type], expected[type]);
      expectScore(two[type], { precision: precision / 2, recall: recall / 2, fmeasure: fmeasure / 2 });
    }
  });

  it('compares long texts', () => {
    const words = Array.from({ length: 5000 }, (_, index) => `w${index}`);
    const odd = words.filter((_, index) => index % 2 === 1);
    const expected = { precision: 1, recall: 1 / 2, fmeasure: 2 / 3 };
    const scores = sentenceRouge(odd.join(' '), words.join(' '));
    expectScore(scores.rougeL, expected);
    expectScore(scores.rougeLsum, expected);
    expectScore(sentenceRouge(words.join(' '), odd.join(' ')).rougeL, {
      ...expected,
      precision: 1 / 2,
      recall: 1,
    });
  });

  it('rejects what it cannot score', () => {
    expect(() => rouge(['a'], ['a'], { rougeTypes: ['rouge0' as 'rouge1'] })).toThrow(
      'rougeTypes must be of rouge1 to rouge9, rougeL and rougeLsum, but one is rouge0',
    );
    expect(() => rouge([], [])).toThrow('predictions must not be empty');
    expect(() => rouge(['a'], ['a', 'b'])).toThrow('references must be as many');
    expect(() => sentenceRouge('a', [])).toThrow('references must be as many');
  });
});
