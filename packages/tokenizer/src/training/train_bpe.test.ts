import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.js';
import { trainBpe } from './train_bpe.js';
import type { TrainingProgress } from './training_options.js';

interface Model {
  vocab: Record<string, number>;
  merges: [string, string][];
}

const hugs = ['hug pug pun bun hugs', 'hug hug pug pun pun', 'hugs'];

async function train(...args: Parameters<typeof trainBpe>): Promise<{ tokens: string[]; merges: string[] }> {
  const tokenizer = await trainBpe(...args);
  const { merges } = (tokenizer.toJSON() as { model: Model }).model;
  return { tokens: [...tokenizer.getVocab().keys()], merges: merges.map((merge) => merge.join(' ')) };
}

describe('trainBpe', () => {
  test('merges the most frequent pair first, of equals that with the smaller ids', async () => {
    expect(await train(hugs)).toEqual({
      tokens: [
        ...['[UNK]', 'b', 'g', 'h', 'n', 'p', 's', 'u'],
        'ug',
        'hug',
        'un',
        'pun',
        'pug',
        'hugs',
        'bun',
      ],
      merges: ['u g', 'h ug', 'u n', 'p un', 'p ug', 'hug s', 'b un'],
    });
  });

  test('stops at the size of the vocabulary, and at the minimum frequency', async () => {
    expect((await train(hugs, { vocabSize: 10 })).merges).toEqual(['u g', 'h ug']);
    expect((await train(hugs, { minFrequency: 5 })).merges).toEqual(['u g', 'h ug']);
  });

  test('merges from the left where a token is beside itself', async () => {
    expect(await train(['aaaaa aaaaa'])).toEqual({
      tokens: ['[UNK]', 'a', 'aa', 'aaa', 'aaaaa'],
      merges: ['a a', 'aa a', 'aa aaa'],
    });
  });

  test('orders and counts characters out of the basic plane as one', async () => {
    expect((await train(['\u{1f600}\uff01'])).tokens).toEqual([
      '[UNK]',
      '\uff01',
      '\u{1f600}',
      '\u{1f600}\uff01',
    ]);
  });

  test('takes the most frequent characters and those it must', async () => {
    const { tokens } = await train(['aab c'], { limitAlphabet: 3, initialAlphabet: ['zx'], vocabSize: 4 });
    expect(tokens).toEqual(['[UNK]', 'a', 'b', 'z']);
  });

  test('marks letters that go on or end a word', async () => {
    const options = {
      continuingSubwordPrefix: '##',
      endOfWordSuffix: '</w>',
      preTokenizer: { type: 'Whitespace' },
    };
    const tokenizer = await trainBpe(['low lower low'], options);
    expect(tokenizer.encode('lower low').tokens).toEqual(['lower</w>', 'low</w>']);
    expect(tokenizer.decode(tokenizer.encode('low low').ids)).toBe('low low');
  });

  test('makes tokens of fewer characters than maxTokenLength', async () => {
    const { tokens } = await train(['abcdef abcdef'], { maxTokenLength: 4 });
    expect(tokens.filter((token) => token !== '[UNK]' && token.length > 3)).toEqual([]);
  });

  test('makes a tokenizer like that of GPT-2', async () => {
    const tokenizer = await trainBpe(['low lower é\n'], { byteLevel: true, vocabSize: 261 });
    expect(tokenizer.idToToken(0)).toBe('<|endoftext|>');
    expect(tokenizer.encode('low €').tokens).toEqual(['low', 'Ġ', 'â', 'Ĥ', '¬']);
    const again = Tokenizer.fromJSON(JSON.stringify(tokenizer));
    expect(again.decode(again.encode('lower é€\n\u{1f600}').ids)).toBe('lower é€\n\u{1f600}');
  });

  test('of bytes gives back any text, at once and token by token', async () => {
    const tokenizer = await trainBpe(['low lower', '東京 東京 😀😀'], { byteLevel: true, vocabSize: 300 });
    const again = Tokenizer.fromJSON(JSON.stringify(tokenizer));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('low', '東京', '😀', '\ud83d'))),
        (parts) => {
          const text = parts.join('');
          const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
          const { ids } = tokenizer.encode(text);
          expect(again.encode(text)).toEqual(tokenizer.encode(text));
          expect(tokenizer.decode(ids)).toBe(whole);
          const stream = tokenizer.decodeStream();
          expect(ids.map((id) => stream.step(id)).join('') + stream.end()).toBe(whole);
        },
      ),
    );
  });

  test('makes a tokenizer of nothing', async () => {
    expect(await train([])).toEqual({ tokens: ['[UNK]'], merges: [] });
    expect(await train([''], { unkToken: null })).toEqual({ tokens: [], merges: [] });
    const preTokenizer = { type: 'WhitespaceSplit' };
    expect(await train(['a\ud800 \udc00'], { preTokenizer })).toEqual({ tokens: ['[UNK]'], merges: [] });
  });

  test('tells of progress to the end', async () => {
    const progress: TrainingProgress[] = [];
    await train(hugs, { onProgress: (step) => progress.push(step) });
    expect(progress.every(({ done, total }) => total === undefined || done <= total)).toBe(true);
    expect(progress.at(-1)).toEqual({ stage: 'merge pairs', done: 29_992, total: 29_992 });
  });

  test.each<[Parameters<typeof trainBpe>[1], string]>([
    [{ vocabSize: 5 }, 'vocabSize must hold the 1 special tokens and the 7 characters, but is 5'],
    [{ vocabSize: Number.NaN }, 'vocabSize must be an integer from 0, but is NaN'],
    [{ byteLevel: true, vocabSize: 256 }, 'vocabSize must hold the 1 special tokens and the 256 characters'],
    [{ minFrequency: -1 }, 'minFrequency must be an integer from 0, but is -1'],
    [{ limitAlphabet: 0.5 }, 'limitAlphabet must be an integer from 0, but is 0.5'],
    [{ maxTokenLength: Number.NaN }, 'maxTokenLength must be an integer from 0, but is NaN'],
    [{ specialTokens: [] }, 'specialTokens must have the unknown token [UNK], but are none'],
    [{ specialTokens: [7 as never] }, 'specialTokens[0] must be a text of whole characters, but is 7'],
    [
      { initialAlphabet: ['a', 7 as never] },
      'initialAlphabet[1] must be a text of whole characters, but is 7',
    ],
    [{ endOfWordSuffix: '\ud800' }, 'endOfWordSuffix must be a text of whole characters, but is "\\ud800"'],
    [{ postProcessor: { type: 'X' } }, 'postProcessor: type must be a known post-processor'],
    [{ decoder: { type: 'X' } }, 'decoder: type must be a known decoder'],
  ])('refuses %j', async (options, message) => {
    await expect(trainBpe(hugs, options)).rejects.toThrow(message);
  });
});
