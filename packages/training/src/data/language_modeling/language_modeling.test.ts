import { characterTokenizer, trainBpe } from '@chui/tokenizer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataCollatorForCausalWindows } from '../collators/data_collator_for_causal_windows.js';
import { type CausalWindow, causalWindows } from './causal_windows.js';
import { encodeText } from './encode_text.js';
import { joinDocuments } from './join_documents.js';
import { randomWindows } from './random_windows.js';

const [BEGIN, END] = [1, 2];
const plain = ({ inputIds, shiftLabels, documentIds }: CausalWindow) => ({
  inputIds: [...inputIds],
  shiftLabels: [...shiftLabels],
  ...(documentIds && { documentIds: [...documentIds] }),
});
const documents = [Int32Array.of(5, 6, 7), Int32Array.of(8)];

describe('joinDocuments', () => {
  it('marks where they begin and end, once where that is one token', () => {
    const joined = (marks: object) => [...joinDocuments(documents, marks)];
    expect(joined({})).toEqual([5, 6, 7, 8]);
    expect(joined({ beginTokenId: BEGIN })).toEqual([BEGIN, 5, 6, 7, BEGIN, 8]);
    expect(joined({ endTokenId: END })).toEqual([5, 6, 7, END, 8, END]);
    expect(joined({ beginTokenId: BEGIN, endTokenId: END })).toEqual([
      ...[BEGIN, 5, 6, 7, END],
      ...[BEGIN, 8, END],
    ]);
    expect(joined({ beginTokenId: END, endTokenId: END })).toEqual([END, 5, 6, 7, END, 8, END]);
    expect([...joinDocuments([], { beginTokenId: END, endTokenId: END })]).toEqual([]);
  });
});

describe('encodeText', () => {
  it('gives in pieces what the tokenizer gives of the whole', async () => {
    const corpus = "It's  the\n\n  end, \r\nof 42 things…\n猫😀犬 tail\u3000ひ  ";
    const bytes = await trainBpe([corpus.repeat(3)], { byteLevel: true, vocabSize: 300 });
    const text = fc.array(fc.constantFrom(...corpus.split(/(?<=[ \n😀])/u)), { maxLength: 9 });
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 9 }), (parts, most) => {
        const whole = parts.join('');
        for (const tokenizer of [characterTokenizer([corpus]), bytes]) {
          const { ids } = tokenizer.encode(whole, { addSpecialTokens: false });
          const words = whole.split(/(?<=\S)(?=\s)/);
          if (tokenizer === bytes && words.some(({ length }) => length > most)) continue;
          expect([...encodeText(whole, tokenizer, most)]).toEqual(ids);
        }
      }),
    );
  });

  it('takes names of special tokens for text', () => {
    const tokenizer = characterTokenizer(['[EOS]']);
    expect([...encodeText('[EOS]', tokenizer)]).not.toContain(tokenizer.eosTokenId);
  });
});

const tokens = fc.array(fc.integer({ min: 3, max: 99 }), { minLength: 2, maxLength: 60 });
const sizes = fc
  .integer({ min: 1, max: 12 })
  .chain((length) => fc.record({ length: fc.constant(length), stride: fc.nat(length - 1) }));

describe('causalWindows', () => {
  it('tell each token but the first once, from those before it', () =>
    fc.assert(
      fc.property(tokens, sizes, (ids, { length, stride }) => {
        const windows = causalWindows(Int32Array.from(ids), { length, stride }).map(plain);
        const told = windows.flatMap(({ shiftLabels }) => shiftLabels.filter((label) => label !== -100));
        expect(told).toEqual(ids.slice(1));
        windows.forEach(({ inputIds, shiftLabels }, index) => {
          expect([inputIds.length, shiftLabels.length]).toEqual([length, length]);
          const start = index * (length - stride);
          shiftLabels.forEach((label, at) => {
            if (label === -100) return;
            expect(label).toBe(ids[start + at + 1]);
            expect(inputIds.slice(0, at + 1)).toEqual(ids.slice(start, start + at + 1));
            if (index > 0) expect(at).toBeGreaterThanOrEqual(stride);
          });
        });
      }),
    ));

  it('are the text itself, where nothing is to be changed', () => {
    const ids = Int32Array.of(5, 6, 7, 8, 9);
    const [first, second] = causalWindows(ids, { length: 2 });
    expect([first!.inputIds.buffer, second!.shiftLabels.buffer]).toEqual([ids.buffer, ids.buffer]);
    expect([...ids]).toEqual([5, 6, 7, 8, 9]);
  });

  it('know the document of each token, and tell no first token from another document', () => {
    const marks = { beginTokenId: BEGIN, endTokenId: END };
    const [window] = causalWindows(joinDocuments(documents, marks), { length: 9, documents: marks });
    expect(plain(window!)).toEqual({
      inputIds: [BEGIN, 5, 6, 7, END, BEGIN, 8, 0, 0],
      shiftLabels: [5, 6, 7, END, -100, 8, END, -100, -100],
      documentIds: [1, 1, 1, 1, 1, 2, 2, 2, 2],
    });
    const one = { beginTokenId: END, endTokenId: END };
    const windows = causalWindows(joinDocuments(documents, one), { length: 4, documents: one });
    // The end of a document is told from it; the next one's first token from its beginning alone.
    expect(windows.map(plain)).toEqual([
      { inputIds: [END, 5, 6, 7], shiftLabels: [5, 6, 7, END], documentIds: [1, 1, 1, 1] },
      { inputIds: [END, 8, 0, 0], shiftLabels: [8, END, -100, -100], documentIds: [1, 1, 1, 1] },
    ]);
  });

  it('name what is wrong', () => {
    const windows = (options: object) => () =>
      causalWindows(Int32Array.of(5, 6, 7), { length: 2, ...options });
    expect(windows({ length: 0 })).toThrow('length must be a positive integer, but is 0');
    expect(windows({ stride: 2 })).toThrow('stride must be an integer from 0 to 1, below length, but is 2');
    expect(windows({ documents: { endTokenId: END } })).toThrow(
      'documents must have a beginTokenId to be told from each other, but have none',
    );
    expect(() => causalWindows(Int32Array.of(5), { length: 2 })).toThrow(
      'ids must be at least 2 tokens, but are 1',
    );
  });
});

describe('randomWindows', () => {
  it('begin at each token as often, and repeat by their seed', () => {
    const ids = Int32Array.from({ length: 9 }, (_, id) => id);
    const take = (count: number, seed: number) => {
      const windows = randomWindows(ids, { length: 4, seed });
      return Array.from({ length: count }, () => windows.next().value);
    };
    const drawn = take(5000, 1);
    const counts = new Int32Array(5);
    for (const { inputIds, shiftLabels } of drawn) {
      const first = inputIds[0]!;
      expect([...inputIds, shiftLabels[3]]).toEqual([0, 1, 2, 3, 4].map((at) => first + at));
      counts[first]!++;
    }
    // Six deviations of a binomial of 5,000 and 1/5.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(800));
    expect(take(20, 1).map(plain)).toEqual(drawn.slice(0, 20).map(plain));
    expect(take(20, 2).map(plain)).not.toEqual(drawn.slice(0, 20).map(plain));
    expect(() => randomWindows(ids, { length: 9 }).next()).toThrow(
      'ids must be at least 10 tokens, but are 9',
    );
  });
});

describe('dataCollatorForCausalWindows', () => {
  it('stacks windows, and counts what they tell', () => {
    const marks = { beginTokenId: BEGIN, endTokenId: END };
    const windows = causalWindows(joinDocuments(documents, marks), { length: 4, documents: marks });
    const { inputs, items, tokens } = dataCollatorForCausalWindows().collate(windows, []);
    expect(inputs.inputIds).toEqual({
      shape: [2, 4],
      values: Int32Array.of(BEGIN, 5, 6, 7, END, BEGIN, 8, 0),
    });
    expect(inputs.shiftLabels!.values).toEqual(Int32Array.of(5, 6, 7, END, -100, 8, END, -100));
    expect(inputs.documentIds!.values).toEqual(Int32Array.of(1, 1, 1, 1, 0, 1, 1, 1));
    expect([items, tokens]).toEqual([6, 6]);
  });
});
