const spaced: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** Takes spaces before punctuation and English contractions away, as Hugging Face's library does, `do not` included. */
export const cleanUp = (text: string): string =>
  spaced.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), text);
