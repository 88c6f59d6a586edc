import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { perplexity } from './perplexity.js';

interface Case {
  logits: number[][][];
  labels: number[][];
  tokens: number;
  mean_nll: number;
  perplexity: number;
  bits_per_token: number;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/metrics/perplexity.json', import.meta.url), 'utf8'),
);

describe('perplexity', () => {
  // which PyTorch computed in float32
  it.each(cases)('equals the reference', ({ logits, labels, ...expected }) => {
    const { tokens, meanNll, perplexity: value, bitsPerToken } = perplexity(logits, labels);
    expect(tokens).toBe(expected.tokens);
    expect(meanNll).toBeCloseTo(expected.mean_nll, 6);
    expect(value / expected.perplexity).toBeCloseTo(1, 6);
    expect(bitsPerToken).toBeCloseTo(expected.bits_per_token, 6);
    const shifted = labels.map((row) => [...row.slice(1), -100]);
    expect(perplexity(logits, shifted, { causal: false }).meanNll).toBeCloseTo(meanNll, 12);
  });

  it('takes the widest logits, and what tensors give', () => {
    const logits = [[Float32Array.of(1000, 0), Float32Array.of(0, 0)]];
    expect(perplexity(logits, [Int32Array.of(0, 0)])).toEqual({
      tokens: 1,
      meanNll: 0,
      perplexity: 1,
      bitsPerToken: 0,
    });
    expect(perplexity(logits, [[9, 1]], { causal: false, ignoreIndex: 9 }).perplexity).toBeCloseTo(2, 12);
  });

  it('refuses what does not fit', () => {
    const logits = [
      [
        [0, 0],
        [0, 0],
      ],
    ];
    expect(() => perplexity(logits, [])).toThrow('labels must be as many rows as logits, 1, but are 0');
    expect(() => perplexity(logits, [[0]])).toThrow('labels[0] must have 2 labels, as logits[0], but has 1');
    expect(() => perplexity(logits, [[0, 2]])).toThrow('labels[0][1] must be from 0 to 1, but is 2');
    expect(() => perplexity(logits, [[0, -100]])).toThrow('labels must have one that counts, but have none');
  });
});
