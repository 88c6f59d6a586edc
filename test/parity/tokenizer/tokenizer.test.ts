import { readdirSync, readFileSync } from 'node:fs';
import { Tokenizer } from '@chui/tokenizer';
import { describe, expect, test } from 'vitest';

type Options = Parameters<Tokenizer['encode']>[1];
type Text = Parameters<Tokenizer['encode']>[0];
interface Case {
  text: Text;
  pair?: Text;
  options?: Options;
  expected: Record<string, unknown> & { ids: number[]; decoded: string; decodedWithoutSpecial: string };
}

/** `TOKENIZER_CASES` names another folder of cases that oracle.py wrote, as for a long run over random texts. */
const folder = process.env.TOKENIZER_CASES ?? new URL('../../fixtures/tokenizer', import.meta.url).pathname;

describe.each(readdirSync(folder).filter((file) => file.endsWith('.json')))('%s', (file) => {
  const { tokenizer, cases } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as {
    tokenizer: object;
    cases: Case[];
  };
  const ours = Tokenizer.fromJSON(tokenizer);

  test('encodes and decodes as the library does', () => {
    for (const { text, pair, options, expected } of cases) {
      const { overflowing, ...encoding } = ours.encode(text, { ...options, pair });
      const windows = overflowing.map(({ overflowing: _, ...window }) => window);
      const found = {
        ...encoding,
        ...(windows.length > 0 && { overflowing: windows }),
        decoded: ours.decode(encoding.ids),
        decodedWithoutSpecial: ours.decode(encoding.ids, { skipSpecialTokens: true }),
      };
      expect(found, `${JSON.stringify(text)} ${JSON.stringify(options)}`).toEqual(expected);
    }
  });

  test('writes a file that gives the same encodings', () => {
    const again = Tokenizer.fromJSON(JSON.stringify(ours));
    expect(again.toJSON()).toEqual(tokenizer);
    for (const { text, pair, options } of cases) {
      expect(again.encode(text, { ...options, pair })).toEqual(ours.encode(text, { ...options, pair }));
    }
  });
});
