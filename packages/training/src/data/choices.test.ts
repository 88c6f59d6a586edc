import { describe, expect, test } from 'vitest';
import { dataCollatorForMultipleChoice } from './collators/data_collator_for_multiple_choice.js';
import { encodeChoices } from './encode_choices.js';
import { nextSentences } from './next_sentences.js';

/** A token a character, and 0 between the texts. */
const tokenizer = {
  encode: (text: string, { pair = '' } = {}) => {
    const ids = [...text, '\0', ...pair].map((character) => character.charCodeAt(0));
    return { ids, typeIds: ids.map((_, place) => Number(place > text.length)) };
  },
};

describe('encodeChoices', () => {
  const row = { question: 'a', choice0: 'bc', choice1: 'd', label: 1 };
  const options = { tokenizer, text: 'question', choices: ['choice0', 'choice1'] };

  test('makes a pair of the question with each choice', () => {
    const expected = {
      inputIds: [
        [97, 0, 98, 99],
        [97, 0, 100],
      ],
      tokenTypeIds: [
        [0, 0, 1, 1],
        [0, 0, 1],
      ],
      labels: 1,
    };
    expect(encodeChoices([row], options)).toEqual([expected]);
    const listed = { question: 'a', choices: ['bc', 'd'], label: '1' };
    expect(encodeChoices([listed], { ...options, choices: 'choices' })).toEqual([expected]);
  });

  test('names the row that is wrong', () => {
    const wrong = (change: object) => () => encodeChoices([row, { ...row, ...change }], options);
    expect(wrong({ label: 2 })).toThrow('label of row 1 must be from 0 to 1, a choice, but is 2');
    expect(wrong({ choice1: 3 })).toThrow('choice1 of row 1 must be a text, but is 3');
    const lists = [
      { question: 'a', choices: ['b', 'c'], label: 0 },
      { question: 'a', choices: ['b', 'c', 'd'], label: 0 },
      { question: 'a', choices: ['b'], label: 0 },
    ];
    const of =
      (...places: number[]) =>
      () =>
        encodeChoices(
          places.map((place) => lists[place]!),
          { ...options, choices: 'choices' },
        );
    expect(of(0, 1)).toThrow('row 1 must have 2 choices, as row 0, but has 3');
    expect(of(2)).toThrow('choices of row 0 must be a list of texts, two at least, but is ["b"]');
    expect(() => encodeChoices([row], { ...options, maxLength: 3 })).toThrow(
      'row 0 must have at most 3 tokens (maxLength), but has 4',
    );
  });
});

describe('dataCollatorForMultipleChoice', () => {
  const collator = dataCollatorForMultipleChoice({ padTokenId: 9, floatFields: ['score'] });
  const examples = [
    { inputIds: [[1, 2], [3]], tokenTypeIds: [[0, 1], [0]], labels: 1, score: 0.5 },
    { inputIds: [[4], [5, 6, 7]], tokenTypeIds: [[0], [0, 1, 1]], labels: 0, score: 1 },
  ];

  test('pads to the examples, choices and tokens', () => {
    expect(examples.map((example) => collator.lengths(example))).toEqual([[2], [3]]);
    const { inputs, items, tokens } = collator.collate(examples, [4]);
    expect(inputs.inputIds!.shape).toEqual([2, 2, 4]);
    expect([...inputs.inputIds!.values]).toEqual([1, 2, 9, 9, 3, 9, 9, 9, 4, 9, 9, 9, 5, 6, 7, 9]);
    expect([...inputs.attentionMask!.values]).toEqual([1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0]);
    expect([...inputs.tokenTypeIds!.values]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
    expect(inputs.labels).toEqual({ shape: [2], values: Int32Array.of(1, 0) });
    expect(inputs.score).toEqual({ shape: [2], values: Float32Array.of(0.5, 1) });
    expect({ items, tokens }).toEqual({ items: 2, tokens: 7 });
  });

  test('names the example that is wrong', () => {
    expect(() => collator.collate([examples[0]!, { ...examples[1], inputIds: [[4]] }], [4])).toThrow(
      'example 1 must have 2 inputIds, as others do, but has 1',
    );
    const empty = { ...examples[1], inputIds: [[4], []] };
    expect(() => collator.collate([examples[0]!, empty], [4])).toThrow(
      'example 1 must have a token, but has no inputIds',
    );
    expect(() => collator.lengths({ labels: 1 })).toThrow(
      'example 0 must have lists as inputIds, but has undefined',
    );
  });
});

describe('nextSentences', () => {
  const documents = [['a1', 'a2', 'a3'], [], ['b1', 'b2'], ['c1', 'c2', 'c3', 'c4']];

  test('pairs each sentence with the next, or with one of another document', () => {
    const pairs = nextSentences(documents, { seed: 3 });
    expect(pairs.map(({ first }) => first)).toEqual(['a1', 'a2', 'b1', 'c1', 'c2', 'c3']);
    for (const { first, second, label } of pairs) {
      const follows = second === `${first[0]}${Number(first[1]) + 1}`;
      expect(label).toBe(follows ? 0 : 1);
      if (label === 1) expect(second[0]).not.toBe(first[0]);
    }
    expect(new Set(pairs.map(({ label }) => label)).size).toBe(2);
    expect(nextSentences(documents, { seed: 3 })).toEqual(pairs);
    expect(nextSentences(documents, { share: 1 }).every(({ label }) => label === 0)).toBe(true);
  });

  test('must have two documents', () => {
    expect(() => nextSentences([['a', 'b'], []])).toThrow('documents must be two at least, but are 1');
  });
});
