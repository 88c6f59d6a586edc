import { describe, expect, it } from 'vitest';
import { type Encoder, encodePairs } from './examples.js';

/** Begin 2, a token for each character, end 3. */
const tokenizer: Encoder = {
  bosTokenId: 2,
  encode: (text, { truncation, maxLength = Infinity } = {}) => {
    const characters = Array.from(text, (character) => character.codePointAt(0)!);
    return { ids: [2, ...(truncation ? characters.slice(0, maxLength - 2) : characters), 3] };
  },
};
const tokenizers = { sourceTokenizer: tokenizer, targetTokenizer: tokenizer };

describe('encodePairs', () => {
  it('takes the start token off the labels', () => {
    expect(encodePairs([{ source: 'A', target: 'BC' }], tokenizers)).toEqual([
      { inputIds: [2, 65, 3], labels: [66, 67, 3] },
    ]);
  });

  it('cuts only when told to', () => {
    const pairs = [{ source: 'ABCD', target: 'E' }];
    expect(() => encodePairs(pairs, { ...tokenizers, maxLength: 5 })).toThrow(
      'source of pair 0 must have at most 5 tokens (maxLength), but has 6',
    );
    expect(encodePairs(pairs, { ...tokenizers, maxLength: 5, truncation: true })[0]!.inputIds).toEqual([
      2, 65, 66, 67, 3,
    ]);
    expect(() => encodePairs(pairs, { ...tokenizers, truncation: true })).toThrow(
      'truncation must come with maxLength',
    );
  });

  it('refuses texts without a token', () => {
    const none: Encoder = { encode: () => ({ ids: [] }) };
    expect(() =>
      encodePairs([{ source: ' ', target: 'a' }], { ...tokenizers, sourceTokenizer: none }),
    ).toThrow('source of pair 0 must have a token, but is " "');
    const startOnly: Encoder = { bosTokenId: 2, encode: () => ({ ids: [2] }) };
    expect(() =>
      encodePairs([{ source: 'a', target: '' }], { ...tokenizers, targetTokenizer: startOnly }),
    ).toThrow('target of pair 0 must have a token besides its start');
  });
});
