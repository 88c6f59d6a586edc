import { describe, expect, it } from 'vitest';
import { attentionTable } from './attention_table.js';
import type { Translation } from './translation.js';

/** Two heads, two steps, three slots of which the last is padding. */
const translation: Translation = {
  text: 'xy',
  sourceTokens: ['a', 'b'],
  targetTokens: ['x', 'y'],
  crossAttentions: [
    { heads: 2, steps: 2, slots: 3, values: Float32Array.of(1, 0, 0, 0.5, 0.5, 0, 0, 1, 0, 0.25, 0.75, 0) },
  ],
};

describe('attentionTable', () => {
  it('has a row for each target token and a column for each source token', () => {
    const { weights, sourceTokens, targetTokens } = attentionTable(translation, 0, 1);
    expect([sourceTokens, targetTokens]).toEqual([
      ['a', 'b'],
      ['x', 'y'],
    ]);
    expect(weights).toEqual([
      [0, 1],
      [0.25, 0.75],
    ]);
  });

  it('is the mean of all heads unless one is named', () => {
    expect(attentionTable(translation, 0).weights).toEqual([
      [0.5, 0.5],
      [0.375, 0.625],
    ]);
  });

  it('names a layer or head that is not there', () => {
    expect(() => attentionTable(translation, 1)).toThrow(
      "layer must be one of the translation's 1, but is 1",
    );
    expect(() => attentionTable(translation, 0, 2)).toThrow('head must be from 0 to 1, but is 2');
    expect(() => attentionTable({ ...translation, crossAttentions: undefined }, 0)).toThrow(RangeError);
  });
});
