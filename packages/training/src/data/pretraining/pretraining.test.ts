import { trainWordPiece } from '@chui/tokenizer';
import { describe, expect, it } from 'vitest';
import { maskedWindows } from './masked_windows.js';
import { nextSentenceWindows } from './next_sentence_windows.js';
import { encodeDocument, type WordTokens } from './word_tokens.js';

const [CLS, SEP] = [1, 2];

/** Texts of tokens from `first` on, each a word. */
function documentOf(first: number, ...lengths: number[]): WordTokens[] {
  let next = first;
  return lengths.map((length) => {
    const ids = Int32Array.from({ length }, () => next++);
    return { ids, wordIds: ids.map((id) => id - first) };
  });
}

const lists = (examples: readonly object[]) =>
  examples.map((example) =>
    Object.fromEntries(
      Object.entries(example).map(([key, value]) => [key, typeof value === 'number' ? value : [...value]]),
    ),
  );

describe('encodeDocument', () => {
  it('numbers words through a document, and takes names of special tokens for text', async () => {
    const tokenizer = await trainWordPiece(['mask the cat cats the cat [ ]'], { vocabSize: 24 });
    const texts = encodeDocument(['the cat', '', '[MASK] the'], tokenizer);
    const words = texts.map(({ wordIds }) => [...new Set(wordIds)]);
    expect(words).toEqual([[0, 1], [], [2, 3, 4, 5]]);
    const ids = texts.flatMap((text) => [...text.ids]);
    for (const id of [tokenizer.maskTokenId, tokenizer.clsTokenId, tokenizer.unkTokenId]) {
      expect(ids).not.toContain(id);
    }
  });
});

describe('maskedWindows', () => {
  const options = { length: 6, clsTokenId: CLS, sepTokenId: SEP };

  it('packs documents, and separates them by a token that is never to be guessed', () => {
    const windows = maskedWindows([documentOf(10, 2, 1), [], documentOf(20, 4)], options);
    expect(lists(windows)).toEqual([
      { inputIds: [CLS, 10, 11, 12, SEP, SEP], wordIds: [-1, 0, 1, 2, -1, -1] },
      { inputIds: [CLS, 20, 21, 22, 23, SEP], wordIds: [-1, 0, 1, 2, 3, -1] },
    ]);
  });

  it('gives nothing of nothing, and refuses a length without room', () => {
    expect(maskedWindows([[]], options)).toEqual([]);
    expect(() => maskedWindows([documentOf(10, 9)], { ...options, length: 3 })).toThrow(
      'length must be an integer of at least 4, but is 3',
    );
  });
});

describe('nextSentenceWindows', () => {
  const options = { length: 9, clsTokenId: CLS, sepTokenId: SEP };

  it('puts spans of whole texts, or parts of long ones, side by side', () => {
    const documents = [documentOf(10, 1, 2, 2), documentOf(20, 4)];
    const pairs = nextSentenceWindows(documents, { ...options, share: 1 });
    expect(lists(pairs)).toEqual([
      {
        inputIds: [CLS, 10, 11, 12, SEP, 13, 14, SEP],
        wordIds: [-1, 0, 1, 2, -1, 3, 4, -1],
        tokenTypeIds: [0, 0, 0, 0, 0, 1, 1, 1],
        nextSentenceLabel: 0,
      },
      {
        inputIds: [CLS, 20, 21, 22, SEP, 23, SEP],
        wordIds: [-1, 0, 1, 2, -1, 3, -1],
        tokenTypeIds: [0, 0, 0, 0, 0, 1, 1],
        nextSentenceLabel: 0,
      },
    ]);
  });

  it('parts short documents between their texts', () => {
    const documents = [documentOf(10, 1, 3), documentOf(20, 2)];
    const [pair, ...others] = nextSentenceWindows(documents, { ...options, length: 40, share: 1 });
    expect([...(pair!.inputIds as Int32Array)]).toEqual([CLS, 10, SEP, 11, 12, 13, SEP]);
    expect(others).toEqual([]);
  });

  it('takes other spans from other documents', () => {
    const documents = [documentOf(10, 30), documentOf(100, 30)];
    for (const { inputIds, nextSentenceLabel } of nextSentenceWindows(documents, { ...options, share: 0 })) {
      const ids = Array.from(inputIds as Int32Array).filter((id) => id > 2);
      expect(nextSentenceLabel).toBe(1);
      expect(new Set(ids.map((id) => id < 100)).size).toBe(2);
    }
    expect(() => nextSentenceWindows([documentOf(10, 30), []], options)).toThrow(
      'documents must be two at least, but are 1',
    );
  });
});
