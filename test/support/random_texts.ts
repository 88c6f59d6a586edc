/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
export function randomStream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is likely to go wrong: cases, compositions, emoji of several characters, white space, and words of tokenizers. */
const pieces = [
  ...['a', 'e\u0301', 'é', 'ß', 'İ', 'Σ', 'ς', 'ﬁ', '½', '①', 'Å', '\u212b', '\u0344', '\u0345\u0334\u0300'],
  ...[
    'か',
    'が',
    'か\u3099',
    'ｶﾞ',
    '日本',
    '豈',
    '\u{2f800}',
    '한',
    '\u1112\u1161\u11ab',
    '각',
    '\u0e33',
    '\u0f73',
  ],
  ...[
    '👩‍👩‍👧',
    '🇯🇵',
    '👍🏽',
    '\u{1d15e}',
    '\u200d',
    '\ufe0f',
    '\u200b',
    '\ufeff',
    '\u00ad',
    '\u0000',
    '\ufffd',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    '\u00a0',
    '\u3000',
    '\u0085',
    '\u2028',
    ' .',
    ",'s",
    "n't",
    "I'll",
    '...',
  ],
  ...[
    'the',
    ' the',
    'The',
    'citizens',
    'authority',
    ' 123',
    '42',
    '٣',
    'Ⅳ',
    '²',
    '_',
    '-',
    '—',
    '#',
    '##s',
    '▁',
    'Ġ',
  ],
  ...[
    '[CLS]',
    '[SEP]',
    '[MASK]',
    '[UNK]',
    '<mask>',
    '<s>',
    '</s>',
    '<tag>',
    'word',
    'Added',
    '<0x41>',
    '</w>',
  ],
];

/**
 * A text of up to 40 such pieces and characters of all planes.
 *
 * @param allowed whether a code point may be in it
 */
export function randomText(random: () => number, allowed: (code: number) => boolean): string {
  const below = (end: number) => Math.floor(random() * end);
  const character = () => {
    for (;;) {
      const code = below([0x80, 0x250, 0x3000, 0x10000, 0x20000, 0x110000][below(6)]!);
      if (allowed(code) && !(code >= 0xd800 && code < 0xe000)) return String.fromCodePoint(code);
    }
  };
  const length = below([2, 5, 12, 40][below(4)]!);
  return Array.from({ length }, () => (random() < 0.5 ? pieces[below(pieces.length)]! : character())).join(
    '',
  );
}
