import { readdirSync, readFileSync } from 'node:fs';
import { memoryFiles } from '@chui/hub';
import { Tokenizer } from '@chui/tokenizer';
import { describe, expect, test } from 'vitest';

interface Case {
  text: string;
  pair?: string;
  expected: object;
}
interface Recorded {
  file: string;
  /** In base64. */
  model: string;
  config: object;
  cases: Case[];
}

/** `TOKENIZER_FAMILIES` names another folder of cases that families_oracle.py wrote. */
const folder =
  process.env.TOKENIZER_FAMILIES ?? new URL('../../fixtures/tokenizer_families', import.meta.url).pathname;

describe.each(readdirSync(folder))('%s', (name) => {
  const { file, model, config, cases }: Recorded = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
  const files = { [file]: Buffer.from(model, 'base64'), 'tokenizer_config.json': JSON.stringify(config) };

  test('is read as transformers converts it', async () => {
    const tokenizer = await Tokenizer.fromFiles(memoryFiles(files, 'model'));
    for (const { text, pair, expected } of cases) {
      const { overflowing, ...encoding } = tokenizer.encode(text, pair === undefined ? {} : { pair });
      const found = {
        ...encoding,
        decoded: tokenizer.decode(encoding.ids),
        decodedWithoutSpecial: tokenizer.decode(encoding.ids, { skipSpecialTokens: true }),
      };
      expect(overflowing).toEqual([]);
      expect(found, JSON.stringify([text, pair])).toEqual(expected);
    }
  });
});
