import { memoryFiles } from '@chui/hub';
import { Tokenizer, trainBpe } from '@chui/tokenizer';
import { expect, test } from 'vitest';
import { tokenizerFiles } from './model_source.js';

test("a tokenizer is copied, and told what pads a decoder's texts if it does not know", async () => {
  const end = '<|endoftext|>';
  const trained = await trainBpe(['the cat sat'], { vocabSize: 270, byteLevel: true });
  const tokenizer = Tokenizer.fromJSON(trained.toJSON(), { eos: end });
  const files = memoryFiles({ ...tokenizer.toFiles(), 'merges.txt': '#version: 0.2\n' }, 'm');
  const copied = await tokenizerFiles({ files, tokenizer });
  expect(Object.keys(copied).sort()).toEqual(['merges.txt', 'tokenizer.json', 'tokenizer_config.json']);
  expect(copied['tokenizer_config.json']).toEqual(await files.bytes('tokenizer_config.json'));

  const told = await tokenizerFiles({ files, tokenizer, padTokenId: tokenizer.eosTokenId });
  const again = await Tokenizer.fromFiles(memoryFiles(told, 'n'));
  expect(again.specialTokens).toMatchObject({ eos: end, pad: end });
  const [long, short] = again.encodeBatch(['the cat', 't'], { padding: 'longest' }).inputIds;
  expect(short!.length).toBe(long!.length);
  expect(short!.at(-1)).toBe(tokenizer.eosTokenId);
  expect(told['tokenizer.json']).toEqual(copied['tokenizer.json']);
});
