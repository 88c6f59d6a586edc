import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BleuOptions, type BleuScore, bleu, sentenceBleu } from './bleu.js';
import { BLEU_TOKENIZERS } from './bleu_tokenizers.js';

type Tokenize = keyof typeof BLEU_TOKENIZERS;

interface Expected {
  score: number;
  precisions: number[];
  counts: number[];
  totals: number[];
  bp: number;
}

/** What sacreBLEU 2.6.0 says. */
const golden: {
  corpus: (Expected & {
    name: string;
    options: Record<string, unknown>;
    hypotheses: string[];
    references: string[][];
    sys_len: number;
    ref_len: number;
  })[];
  sentence_effective_order: (Expected & { tokenize: Tokenize; hypothesis: string; references: string[] })[];
  tokenized: ({ text: string } & Record<'13a' | 'char', string>)[];
} = JSON.parse(readFileSync(new URL('../../../../test/fixtures/metrics/bleu.json', import.meta.url), 'utf8'));

function expectScore(actual: BleuScore, expected: Expected): void {
  expect(actual.counts).toEqual(expected.counts);
  expect(actual.totals).toEqual(expected.totals);
  expect(actual.brevityPenalty).toBeCloseTo(expected.bp, 12);
  expect(actual.score).toBeCloseTo(expected.score, 10);
  expected.precisions.forEach((precision, n) => {
    expect(actual.precisions[n]).toBeCloseTo(precision, 10);
  });
}

describe('bleu', () => {
  it.each(golden.corpus)('equals sacreBLEU: $name', ({ options, hypotheses, references, ...expected }) => {
    const score = bleu(hypotheses, references, {
      tokenize: options.tokenize as Tokenize,
      lowercase: options.lowercase as boolean,
      smoothing: options.smooth_method as BleuOptions['smoothing'],
      smoothValue: options.smooth_value as number,
      maxOrder: options.max_ngram_order as number,
    });
    expectScore(score, expected);
    expect([score.sysLen, score.refLen]).toEqual([expected.sys_len, expected.ref_len]);
  });

  it.each(golden.sentence_effective_order)(
    'equals sacreBLEU for one sentence: $tokenize, $hypothesis',
    ({ tokenize, hypothesis, references, ...expected }) => {
      expectScore(sentenceBleu(hypothesis, references, { tokenize }), expected);
    },
  );

  it.each(golden.tokenized)('tokenizes as sacreBLEU: $text', (expected) => {
    expect(BLEU_TOKENIZERS['13a'](expected.text).join(' ')).toBe(expected['13a']);
    expect(BLEU_TOKENIZERS.char(expected.text)).toEqual(expected.char.split(/[ \t]+/));
  });

  it('takes one reference for each hypothesis as a plain list', () => {
    const hypotheses = ['a b c d e', 'f g h i j k'];
    const references = ['a b c d', 'f g h i j l'];
    expect(bleu(hypotheses, references)).toEqual(bleu(hypotheses, [references]));
  });

  it('splits at the white space that Python splits at', () => {
    expect(BLEU_TOKENIZERS.none('a\u3000b\u001cc\u0085d\ufeffe')).toEqual(['a', 'b', 'c', 'd\ufeffe']);
  });

  it('refuses references that are not one for each hypothesis', () => {
    expect(() => bleu(['a', 'b'], [['a', 'b'], ['a']])).toThrow(
      'references must be as many as hypotheses, 2, but are 1',
    );
    expect(() => bleu([], [])).toThrow('hypotheses must not be empty');
  });
});
