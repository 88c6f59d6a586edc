import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chrf, sentenceChrf } from './chrf.js';

/** What sacreBLEU 2.6.0 says. */
const golden: {
  cases: {
    name: string;
    options: {
      char_order?: number;
      word_order?: number;
      beta?: number;
      lowercase?: boolean;
      whitespace?: boolean;
      eps_smoothing?: boolean;
    };
    hypotheses: string[];
    references: string[][];
    score: number;
    sentence_scores: number[];
  }[];
} = JSON.parse(readFileSync(new URL('../../../../test/fixtures/metrics/chrf.json', import.meta.url), 'utf8'));

describe('chrf', () => {
  it.each(golden.cases)('equals sacreBLEU: $name', (expected) => {
    const { hypotheses, references } = expected;
    const options = {
      charOrder: expected.options.char_order,
      wordOrder: expected.options.word_order,
      beta: expected.options.beta,
      lowercase: expected.options.lowercase,
      whitespace: expected.options.whitespace,
      epsSmoothing: expected.options.eps_smoothing,
    };
    expect(chrf(hypotheses, references, options)).toBeCloseTo(expected.score, 10);
    hypotheses.forEach((hypothesis, index) => {
      const score = sentenceChrf(
        hypothesis,
        references.map((stream) => stream[index]!),
        options,
      );
      expect(score, hypothesis).toBeCloseTo(expected.sentence_scores[index]!, 10);
    });
  });
});
