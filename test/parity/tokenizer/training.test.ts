import { readdirSync, readFileSync } from 'node:fs';
import { trainBpe, trainWordLevel, trainWordPiece } from '@chui/tokenizer';
import { describe, expect, test } from 'vitest';

interface Model {
  vocab: Record<string, number>;
  merges: [string, string][] | null;
}
interface Recorded {
  kind: 'bpe' | 'byte_level' | 'word_level' | 'word_piece';
  texts: string[];
  options: { specialTokens: string[]; vocabSize: number };
  expected: Model;
}

const folder = new URL('../../fixtures/tokenizer_training', import.meta.url).pathname;
const trainers = {
  bpe: trainBpe,
  byte_level: trainBpe,
  word_level: trainWordLevel,
  word_piece: trainWordPiece,
};

describe.each(readdirSync(folder))('%s', (file) => {
  const { kind, texts, options, expected }: Recorded = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));

  test('has the vocabulary and the merges that the library makes', async () => {
    const tokenizer = await trainers[kind](texts, options);
    const { vocab, merges } = (tokenizer.toJSON() as { model: Model }).model;
    if (kind === 'word_piece') {
      // the library gives the letters inside of words ids in no fixed order
      expect(new Set(Object.keys(vocab))).toEqual(new Set(Object.keys(expected.vocab)));
    } else {
      expect(vocab).toEqual(expected.vocab);
      expect(merges ?? null).toEqual(expected.merges);
    }
  });
});
