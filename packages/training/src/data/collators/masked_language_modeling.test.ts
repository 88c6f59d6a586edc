import { describe, expect, test } from 'vitest';
import {
  dataCollatorForMaskedLanguageModeling,
  type MaskedLanguageModelingOptions,
} from './data_collator_for_masked_language_modeling.js';

const MASK = 99;
const options: MaskedLanguageModelingOptions = { maskTokenId: MASK, vocabSize: 50 };

/** `count` texts of 20 words of two tokens each, which are 100 and above, between special tokens. */
const texts = (count: number) =>
  Array.from({ length: count }, (_, text) => {
    const places = Array.from({ length: 40 }, (_, place) => place);
    return {
      inputIds: [1, ...places.map((place) => 100 + text + place), 2],
      wordIds: [-1, ...places.map((place) => place >> 1), -1],
    };
  });

const collate = (change: Partial<MaskedLanguageModelingOptions> = {}, examples = texts(200)) => {
  const { inputs, items } = dataCollatorForMaskedLanguageModeling({ ...options, ...change }).collate(
    examples,
    [48],
  );
  return { ids: [...inputs.inputIds!.values], labels: [...inputs.labels!.values], items, inputs };
};

describe('dataCollatorForMaskedLanguageModeling', () => {
  test('hides 15 %: 80 % of these by the mask, 10 % by a random token', () => {
    const { ids, labels, items, inputs } = collate();
    const plain = texts(200).flatMap(({ inputIds }) => [...inputIds, ...new Array(6).fill(0)]);
    const hidden = labels.flatMap((label, place) => (label === -100 ? [] : [place]));
    expect(hidden).toHaveLength(200 * 6);
    expect(items).toBe(hidden.length);
    expect(hidden.every((place) => labels[place] === plain[place])).toBe(true);
    const others = ids.flatMap((id, place) => (labels[place] === -100 && id !== plain[place] ? [place] : []));
    expect(others).toEqual([]);
    expect(hidden.every((place) => plain[place]! >= 100)).toBe(true);
    const share = (is: (id: number, place: number) => boolean) =>
      hidden.filter((place) => is(ids[place]!, place)).length / hidden.length;
    expect(share((id) => id === MASK)).toBeCloseTo(0.8, 1);
    expect(share((id, place) => id === plain[place])).toBeCloseTo(0.1, 1);
    expect(share((id) => id < 50)).toBeCloseTo(0.1, 1);
    expect(Object.keys(inputs).sort()).toEqual(['attentionMask', 'inputIds', 'labels']);
  });

  test('hides all tokens of a word, if asked', () => {
    const { labels } = collate({ wholeWords: true, probability: 0.2 });
    for (let start = 0; start < labels.length; start += 48) {
      for (let place = start + 1; place <= start + 40; place += 2) {
        expect(labels[place] === -100).toBe(labels[place + 1] === -100);
      }
    }
  });

  test('hides the same in the same batch, else in another, or with another seed', () => {
    expect(collate().ids).toEqual(collate().ids);
    expect(collate({ seed: 1 }).ids).not.toEqual(collate().ids);
    const hidden = (ids: number[]) => ids.map((id) => id === MASK);
    const examples = texts(4);
    const turned = collate({}, [...examples].reverse()).ids;
    expect(hidden(turned.slice(0, 48))).not.toEqual(hidden(collate({}, examples).ids.slice(-48)));
  });

  test('hides one token at least, none that has no word', () => {
    const short = [{ inputIds: [1, 7, 2], wordIds: [-1, 0, -1] }];
    expect(collate({}, short).labels.slice(0, 3)).toEqual([-100, 7, -100]);
    expect(collate({}, [{ inputIds: [1, 2], wordIds: [-1, -1] }]).items).toBe(0);
  });

  test('tells what is wrong', () => {
    expect(() => collate({ probability: 1 })).toThrow('probability must be at least 0 and below 1, but is 1');
    expect(() => collate({ vocabSize: 0 })).toThrow('vocabSize must be a positive integer, but is 0');
    expect(() => collate({}, [{ inputIds: [1, 2], wordIds: [0] }])).toThrow(
      'example 0 must have 2 wordIds, one a token, but has 1',
    );
  });
});
