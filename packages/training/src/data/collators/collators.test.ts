import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CollatedBatch } from '../batch.js';
import { dataCollatorForLanguageModeling } from './data_collator_for_language_modeling.js';
import { dataCollatorForSeq2Seq } from './data_collator_for_seq2seq.js';
import { dataCollatorForTokenClassification } from './data_collator_for_token_classification.js';
import { dataCollatorWithPadding } from './data_collator_with_padding.js';

/** The arrays of a batch by name: type, shape and values. */
function arraysOf({ inputs }: CollatedBatch) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }]) => {
      return [name, [values instanceof Int32Array ? 'int32' : 'float32', [...shape], Array.from(values)]];
    }),
  );
}

describe('dataCollatorWithPadding', () => {
  it('pads fields of tokens, and makes the attention mask', () => {
    const collator = dataCollatorWithPadding({ padTokenId: 9, padTokenTypeId: 7 });
    const batch = collator.collate(
      [
        { inputIds: [1, 2], tokenTypeIds: [0, 1], specialTokensMask: [1, 0], labels: 2 },
        {
          inputIds: Int32Array.of(3),
          tokenTypeIds: [0],
          specialTokensMask: [0],
          labels: -100,
          attentionMask: [0],
        },
      ],
      [3],
    );
    expect(arraysOf(batch)).toEqual({
      inputIds: ['int32', [2, 3], [1, 2, 9, 3, 9, 9]],
      attentionMask: ['int32', [2, 3], [1, 1, 0, 0, 0, 0]],
      tokenTypeIds: ['int32', [2, 3], [0, 1, 7, 0, 7, 7]],
      specialTokensMask: ['int32', [2, 3], [1, 0, 1, 0, 1, 1]],
      labels: ['int32', [2], [2, -100]],
    });
    expect(batch).toMatchObject({ items: 1, tokens: 3 });
    expect(collator.lengths({ inputIds: [1, 2] })).toEqual([2]);
  });

  it('stacks numbers and nested lists', () => {
    const collator = dataCollatorWithPadding({ floatFields: ['labels', 'box'] });
    const batch = collator.collate(
      [
        {
          pixels: [
            [1, 2],
            [3, 4],
          ],
          image: Float32Array.of(0.5, 1),
          labels: [0, 1],
          box: 2,
          none: undefined,
        },
        { pixels: [[5, 6], Int32Array.of(7, 8)], image: Float32Array.of(2, 3), labels: [0.5, 1], box: -0.5 },
      ],
      [],
    );
    expect(arraysOf(batch)).toEqual({
      pixels: ['int32', [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]],
      image: ['float32', [2, 2], [0.5, 1, 2, 3]],
      labels: ['float32', [2, 2], [0, 1, 0.5, 1]],
      box: ['float32', [2], [2, -0.5]],
    });
    expect(batch).toMatchObject({ items: 2, tokens: 0 });
    expect(collator.lengths({ pixels: [1] })).toEqual([]);
  });

  it('counts examples where labels are no classes', () => {
    const items = (data: object[], floatFields?: string[]) => {
      return dataCollatorWithPadding({ floatFields }).collate(data, []).items;
    };
    expect(items([{ labels: 1 }, { labels: -100 }])).toBe(1);
    expect(items([{ labels: 1 }, { labels: -100 }], ['labels'])).toBe(2);
    expect(items([{ labels: [1, -100] }, { labels: [0, 1] }])).toBe(3);
    expect(items([{ pixels: 1 }])).toBe(1);
  });

  it.each<[string, object[], string]>([
    ['no list', [{ inputIds: 3 }], 'example 0 must have a list as inputIds, but has 3'],
    ['no token', [{ inputIds: [3] }, { inputIds: [] }], 'example 1 must have a token, but has no inputIds'],
    [
      'too long',
      [{ inputIds: [1, 2, 3, 4, 5] }],
      'example 0 must be no longer than the length given, 4, but has 5 inputIds',
    ],
    ['a fraction', [{ inputIds: [1, 0.5] }], 'example 0 must have integers as inputIds, but has 0.5'],
    ['a text as id', [{ inputIds: ['1'] }], 'example 0 must have integers as inputIds, but has "1"'],
    [
      'other types than tokens',
      [{ inputIds: [1, 2], tokenTypeIds: [0] }],
      'example 0 must have 2 tokenTypeIds, one a token, but has 1',
    ],
    [
      'another mask than tokens',
      [{ inputIds: [1, 2], attentionMask: [1] }],
      'example 0 must have 2 in attentionMask, one a token, but has 1',
    ],
    [
      'a missing field',
      [
        { inputIds: [1], labels: 1 },
        { inputIds: [1], label: 1 },
      ],
      'example 1 must have labels, as others do, but has inputIds, label',
    ],
    [
      'a field too many',
      [{ inputIds: [1] }, { inputIds: [1], labels: 1 }],
      'example 0 must have labels, as others do, but has inputIds',
    ],
    ['text', [{ labels: 1 }, { labels: 'one' }], 'example 1 must have numbers as labels, but has "one"'],
    [
      'text first',
      [{ labels: 'one' }, { labels: 1 }],
      'example 0 must have numbers as labels, but has "one"',
    ],
    ['null', [{ labels: 1 }, { labels: null }], 'example 1 must have numbers as labels, but has null'],
    ['64 bits', [{ labels: 3n }], 'example 0 must have numbers as labels, but has 3n'],
    [
      'a list for a number',
      [{ labels: 1 }, { labels: [1, 2] }],
      'example 1 must have a number as labels, as others do, but has [1,2]',
    ],
    [
      'a number for a list',
      [{ labels: [1, 2] }, { labels: 1 }],
      'example 1 must have lists of shape [2] as labels, as others do, but has 1',
    ],
    [
      'another shape',
      [{ labels: [[1, 2]] }, { labels: [[1], [2]] }],
      'example 1 must have lists of shape [1, 2] as labels, as others do, but has [[1],[2]]',
    ],
    [
      'uneven lists',
      [{ labels: [[1], [2, 3]] }],
      'example 0 must have lists of shape [2, 1] as labels, as others do, but has [[1],[2,3]]',
    ],
    ['null in a list', [{ labels: [1, null] }], 'example 0 must have numbers as labels, but has null'],
    [
      'a fraction as label',
      [{ labels: 1 }, { labels: 0.5 }],
      'example 1 must have integers as labels, for floatFields does not name it, but has 0.5',
    ],
    [
      'too large a label',
      [{ labels: 2 ** 31 }],
      'example 0 must have integers as labels, for floatFields does not name it, but has 2147483648',
    ],
    [
      'floats and integers',
      [{ labels: Float32Array.of(1) }, { labels: [1] }],
      'example 1 must have a Float32Array as labels, as others do (or floatFields names it), but has [1]',
    ],
  ])('refuses %s', (_, data, message) => {
    const { collate } = dataCollatorWithPadding();
    const lengths = 'inputIds' in data[0]! ? [4] : [];
    expect(() => collate(data, lengths)).toThrow(message);
  });

  it('checks labels by their number', () => {
    const collator = dataCollatorWithPadding({ numLabels: 3 });
    expect(collator.collate([{ labels: 2 }, { labels: -100 }, { labels: 0 }], []).items).toBe(2);
    for (const labels of [3, -1]) {
      expect(() => collator.collate([{ labels: 0 }, { labels }], [])).toThrow(
        `example 1 must have labels from 0 to 2 (numLabels), or -100, but has ${labels}`,
      );
    }
    expect(() => dataCollatorWithPadding({ numLabels: 0 })).toThrow('numLabels must be a positive integer');
  });

  it('takes far less than a millisecond for 16 × 128 tokens', () => {
    const data = Array.from({ length: 16 }, (_, row) => {
      const inputIds = Array.from({ length: 100 + row }, (_, at) => at);
      return { inputIds, tokenTypeIds: inputIds.map(() => 0), labels: 1 };
    });
    const collator = dataCollatorWithPadding({ numLabels: 2 });
    const times = Array.from({ length: 300 }, () => {
      const start = performance.now();
      collator.collate(data, [128]);
      return performance.now() - start;
    });
    expect(times.sort((a, b) => a - b)[100]).toBeLessThan(0.5);
  });
});

describe('dataCollatorForTokenClassification', () => {
  it('pads the labels, and counts those that are some', () => {
    const collator = dataCollatorForTokenClassification({ numLabels: 5 });
    const data = [
      { inputIds: [1, 2, 3], labels: [-100, 4, -100] },
      { inputIds: [1], labels: [0] },
    ];
    const batch = collator.collate(data, [4]);
    expect(arraysOf(batch).labels).toEqual(['int32', [2, 4], [-100, 4, -100, -100, 0, -100, -100, -100]]);
    expect(batch).toMatchObject({ items: 2, tokens: 4 });
    expect(() => collator.collate([data[0]!, { inputIds: [1, 2], labels: [1] } as never], [4])).toThrow(
      'example 1 must have 2 labels, one a token, but has 1',
    );
    expect(() => collator.collate([data[1]!, { inputIds: [1, 2], labels: [1, 5] } as never], [4])).toThrow(
      'example 1 must have labels from 0 to 4 (numLabels), or -100, but has 5',
    );
  });
});

describe('dataCollatorForLanguageModeling', () => {
  const collator = dataCollatorForLanguageModeling({ mlm: false, padTokenId: 9 });

  it('labels each token with itself, and counts those that have one before them', () => {
    const batch = collator.collate([{ inputIds: [1, 9, 3] }, { inputIds: [4] }], [4]);
    expect(arraysOf(batch)).toEqual({
      inputIds: ['int32', [2, 4], [1, 9, 3, 9, 4, 9, 9, 9]],
      attentionMask: ['int32', [2, 4], [1, 1, 1, 0, 1, 0, 0, 0]],
      labels: ['int32', [2, 4], [1, 9, 3, -100, 4, -100, -100, -100]],
    });
    expect(batch).toMatchObject({ items: 2, tokens: 4 });
  });

  it('keeps labels that there are, and leaves out what is masked', () => {
    const prompt = { inputIds: [1, 2, 3], labels: [-100, -100, 3] };
    expect(collator.collate([prompt], [4])).toMatchObject({
      inputs: { labels: { values: Int32Array.of(-100, -100, 3, -100) } },
      ...{ items: 1, tokens: 3 },
    });
    const masked = { inputIds: [1, 2, 3], attentionMask: [1, 1, 0] };
    expect(collator.collate([masked], [3])).toMatchObject({
      inputs: { labels: { values: Int32Array.of(1, 2, -100) } },
      items: 1,
    });
  });

  it('does not mask', () => {
    expect(() => dataCollatorForLanguageModeling({ mlm: true as never })).toThrow(
      'mlm must be false, but is true',
    );
  });
});

describe('dataCollatorForSeq2Seq', () => {
  it('leaves out labels that do not count', () => {
    const collator = dataCollatorForSeq2Seq({ padTokenId: 0, decoderStartTokenId: 2 });
    const batch = collator.collate([{ inputIds: [7], labels: [-100, 5, 3] }], [2, 4]);
    expect(arraysOf(batch)).toEqual({
      inputIds: ['int32', [1, 2], [7, 0]],
      attentionMask: ['int32', [1, 2], [1, 0]],
      decoderInputIds: ['int32', [1, 4], [2, 0, 5, 0]],
      labels: ['int32', [1, 4], [-100, 5, 3, -100]],
    });
    expect(batch).toMatchObject({ items: 2, tokens: 4 });
  });

  it('refuses labels that are none', () => {
    const { collate } = dataCollatorForSeq2Seq({ padTokenId: 0, decoderStartTokenId: 2 });
    const source = { inputIds: [7] };
    expect(() => collate([{ ...source, labels: [1.5] }], [2, 4])).toThrow('integers as labels, but has 1.5');
    expect(() => collate([{ ...source, labels: [1, 2, 3] }], [2, 2])).toThrow(
      'example 0 must be no longer than the length given, 2, but has 3 labels',
    );
    expect(() => collate([source as never], [2, 2])).toThrow(
      'example 0 must have a source and a target token',
    );
  });
});

describe('collators', () => {
  it('give back what they were given, and padding besides', () => {
    const example = fc.record({
      inputIds: fc.array(fc.nat(99), { minLength: 1, maxLength: 9 }),
      labels: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(example, { minLength: 1 }), fc.integer({ min: 9, max: 12 }), (data, length) => {
        const { inputs, tokens } = dataCollatorWithPadding({ padTokenId: -1 }).collate(data, [length]);
        data.forEach(({ inputIds }, row) => {
          const own = Array.from(inputs.inputIds!.values.subarray(row * length, (row + 1) * length));
          const mask = Array.from(inputs.attentionMask!.values.subarray(row * length, (row + 1) * length));
          const padding = length - inputIds.length;
          expect(own).toEqual([...inputIds, ...new Array(padding).fill(-1)]);
          expect(mask).toEqual([...inputIds.map(() => 1), ...new Array(padding).fill(0)]);
        });
        expect(Array.from(inputs.labels!.values)).toEqual(data.map(({ labels }) => labels));
        expect(tokens).toBe(data.reduce((sum, { inputIds }) => sum + inputIds.length, 0));
      }),
    );
  });
});
