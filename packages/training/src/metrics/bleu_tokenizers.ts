import { splitWords } from './python_text.js';

/** Splits a text into tokens, each without white space. */
export type BleuTokenizer = (text: string) => string[];

/** The language-dependent part of mteval-v13a, for Western languages; the rules follow each other. */
const RULES_13A: readonly [RegExp, string][] = [
  [/([{-~[-` -&(-+:-@/])/gu, ' $1 '],
  [/([^0-9])([.,])/gu, '$1 $2 '],
  [/([.,])([^0-9])/gu, ' $1 $2'],
  [/([0-9])(-)/gu, '$1 $2 '],
];

function mteval13a(text: string): string[] {
  const plain = text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return splitWords(RULES_13A.reduce((line, [pattern, by]) => line.replace(pattern, by), ` ${plain} `));
}

/**
 * sacreBLEU's tokenisations: `13a`, WMT's mteval-v13a; `char`, a token for each character (Unicode code point) but white
 * space; `none`, the words that white space parts.
 */
export const BLEU_TOKENIZERS = {
  '13a': mteval13a,
  char: (text: string) => splitWords([...text].join(' ')),
  none: splitWords,
} as const satisfies Record<string, BleuTokenizer>;
