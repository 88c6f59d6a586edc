import { readdirSync, readFileSync } from 'node:fs';
import { trainBpe, trainUnigram, trainWordLevel, trainWordPiece } from '@chui/tokenizer';
import { describe, expect, test } from 'vitest';

interface Model {
  vocab: Record<string, number> | [string, number][];
  merges: [string, string][] | null;
}
interface Recorded {
  kind: 'bpe' | 'byte_level' | 'unigram' | 'word_level' | 'word_piece';
  texts: string[];
  options: { specialTokens: string[]; vocabSize: number };
  expected: Model;
}

const folder = new URL('../../fixtures/tokenizer_training', import.meta.url).pathname;
const trainers = {
  bpe: trainBpe,
  byte_level: trainBpe,
  unigram: trainUnigram,
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
    } else if (kind === 'unigram') {
      // the library gives characters that were lost on the way scores in no fixed order
      const [found, recorded] = [vocab, expected.vocab].map((list) => list as [string, number][]);
      const scores = recorded!.map(([, score]) => expect.closeTo(score, 9));
      expect(found!.map(([, score]) => score)).toEqual(scores);
      expect(found!.map(([piece]) => piece).sort()).toEqual(recorded!.map(([piece]) => piece).sort());
    } else {
      expect(vocab).toEqual(expected.vocab);
      expect(merges ?? null).toEqual(expected.merges);
    }
  });
});
