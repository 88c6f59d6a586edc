const spaced: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** Takes spaces before punctuation and English contractions away, as transformers does. */
export const cleanUpSpaces = (text: string): string =>
  spaced.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), text);

/** The same as Hugging Face's decoders have it, which contract `do not` too. */
export const cleanUp = (text: string): string => cleanUpSpaces(text).replaceAll(' do not', " don't");
