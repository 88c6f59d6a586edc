import { readFile } from 'node:fs/promises';
import { memoryFiles } from '@chui/hub';
import { Tokenizer } from '@chui/tokenizer';
import { describe, expect, test } from 'vitest';
import { minilmDirectory } from '../../support/minilm.js';
import { randomStream, randomText } from '../../support/random_texts.js';

const directory = (await minilmDirectory())!;

describe.skipIf(!directory)('all-MiniLM-L6-v2', () => {
  test('has the ids that transformers gives', async () => {
    const tokenizer = await Tokenizer.fromPretrained(directory);
    const { inputIds, attentionMask } = tokenizer.encodeBatch(
      ['Hello world!', 'Attention (注意) is résumé-worthy 😀'],
      {
        padding: 'longest',
      },
    );
    expect(inputIds).toEqual([
      [101, 7592, 2088, 999, 102, 0, 0, 0, 0, 0, 0, 0],
      [101, 3086, 1006, 100, 100, 1007, 2003, 13746, 1011, 11007, 100, 102],
    ]);
    expect(attentionMask[0]).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect([tokenizer.vocabSize, tokenizer.maskTokenId, tokenizer.modelMaxLength]).toEqual([30522, 103, 512]);
  });

  test('is the same from vocab.txt alone', async () => {
    const named = ['vocab.txt', 'tokenizer_config.json'].map(async (name) => {
      return [name, await readFile(`${directory}/${name}`, 'utf8')];
    });
    const ofVocabulary = await Tokenizer.fromFiles(
      memoryFiles(Object.fromEntries(await Promise.all(named)), 'model'),
    );
    const ofFile = await Tokenizer.fromPretrained(directory);
    const plain = { truncation: false, padding: false };
    const random = randomStream(2);
    for (let i = 0; i < 500; i++) {
      const text = randomText(random, () => true);
      expect(ofVocabulary.encode(text, plain)).toEqual(ofFile.encode(text, plain));
    }
    expect(ofVocabulary.specialTokens).toEqual(ofFile.specialTokens);
  });
});
