import { characterTokenizer, wordTokenizer } from '@chui/tokenizer';
import { describe, expect, it } from 'vitest';
import { bleu } from '../metrics/bleu.js';
import { scoreTranslator } from './score_translator.js';

/** Sources of 4 to 9 words, twelve of each length, with a word that no tokenizer has seen. */
const pairs = Array.from({ length: 72 }, (_, i) => {
  const words = Array.from({ length: 4 + (i % 6) }, (_, place) => `w${(i + place) % 7}`);
  return { source: ['new', ...words.slice(1)].join(' '), target: words.join(' ') };
});
const sources = pairs.map(({ source }) => source);

/** Says the source again, of every fifth text without its last word. */
function echo(sourceTokenizer: ReturnType<typeof wordTokenizer>) {
  const translate = async (texts: readonly string[]) =>
    texts.map((text, i) => ({
      text: i % 5 === 0 ? text.slice(0, text.lastIndexOf(' ')) : text,
      sourceTokens: [],
      targetTokens: [],
    }));
  return { sourceTokenizer, translate };
}

describe('scoreTranslator', () => {
  it('scores the texts of each length as BLEU scores them alone', async () => {
    const { outputs, byLength, ...score } = await scoreTranslator(echo(wordTokenizer(['w1 w2 w3'])), pairs);
    expect(byLength.map(({ from, to, count }) => [from, to, count])).toEqual(
      [4, 5, 6, 7, 8, 9].map((length) => [length, length, 12]),
    );
    const scoreOf = (rows: readonly number[]) => {
      const said = rows.map((row) => outputs[row]!);
      const expected = rows.map((row) => pairs[row]!.target);
      const joined = (texts: readonly string[]) => texts.map((text) => text.split(' ').join(''));
      return {
        exactMatch: said.filter((text, i) => text === expected[i]).length / rows.length,
        bleuTokens: bleu(said, expected, { tokenize: 'none' }).score,
        bleuCharacters: bleu(joined(said), joined(expected), { tokenize: 'char' }).score,
      };
    };
    expect(score).toEqual(scoreOf([...pairs.keys()]));
    for (const { from, to, count, ...ofLength } of byLength) {
      const rows = [...pairs.keys()].filter((row) => sources[row]!.split(' ').length === from);
      expect(ofLength).toEqual(scoreOf(rows));
      expect(ofLength.bleuTokens).toBeGreaterThan(0);
      expect(ofLength.bleuTokens).toBeLessThan(100);
    }
    expect(new Set(byLength.map(({ bleuTokens }) => bleuTokens)).size).toBeGreaterThan(1);
  });

  it('counts characters, spaces too, where the source is cut into characters', async () => {
    const { byLength } = await scoreTranslator(echo(characterTokenizer(['w1 😀'])), [
      { source: 'w1 w1', target: 'a' },
      { source: '😀', target: 'b' },
    ]);
    expect(byLength.map(({ from, to, count }) => [from, to, count])).toEqual([
      [1, 1, 1],
      [5, 5, 1],
    ]);
  });

  it('refuses to score nothing', async () => {
    await expect(scoreTranslator(echo(wordTokenizer(['a'])), [])).rejects.toThrow(
      'hypotheses must not be empty',
    );
  });
});
