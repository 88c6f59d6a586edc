import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { normalizeAnswer, squad } from './squad.js';

interface Case {
  prediction: string;
  answers: string[];
  normalized_prediction: string;
  normalized_answers: string[];
  exact_match: number;
  f1: number;
}
type Golden = Record<'v1' | 'v2', { cases: Case[]; exact_match: number; f1: number }>;

/** What SQuAD's own scripts say. */
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/metrics/squad.json', import.meta.url), 'utf8'),
);

describe('squad', () => {
  it.each(['v1', 'v2'] as const)('equals the script: %s', (version) => {
    const { cases, exact_match, f1 } = golden[version];
    const options = { version2: version === 'v2' };
    for (const expected of cases) {
      expect(normalizeAnswer(expected.prediction)).toBe(expected.normalized_prediction);
      expect(expected.answers.map(normalizeAnswer)).toEqual(expected.normalized_answers);
      const score = squad([expected.prediction], [expected.answers], options);
      expect(score.exactMatch, expected.prediction).toBeCloseTo(100 * expected.exact_match, 10);
      expect(score.f1, expected.prediction).toBeCloseTo(100 * expected.f1, 10);
    }
    const all = squad(
      cases.map(({ prediction }) => prediction),
      cases.map(({ answers }) => answers),
      options,
    );
    expect(all.exactMatch).toBeCloseTo(exact_match, 10);
    expect(all.f1).toBeCloseTo(f1, 10);
  });

  it('refuses what does not fit', () => {
    expect(() => squad([], [])).toThrow('predictions must not be empty');
    expect(() => squad(['a'], [])).toThrow('references must be as many as predictions, 1, but are 0');
    expect(() => squad(['a'], [[]])).toThrow('references[0] must have an answer, but has none');
  });
});
