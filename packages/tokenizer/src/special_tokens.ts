import type { AddedToken } from './added_token.js';

/** What a special token is for. */
export const tokenRoles = ['pad', 'unk', 'bos', 'eos', 'cls', 'sep', 'mask'] as const;
export type TokenRole = (typeof tokenRoles)[number];

/** The special tokens of a tokenizer by what they are for. */
export type SpecialTokens = Partial<Record<TokenRole, string>>;

const usualNames: Record<TokenRole, string[]> = {
  pad: ['[PAD]', '<pad>'],
  unk: ['[UNK]', '<unk>'],
  bos: ['[BOS]', '<s>', '<bos>', '<|begin_of_text|>'],
  eos: ['[EOS]', '</s>', '<eos>', '<|end_of_text|>', '<|endoftext|>'],
  cls: ['[CLS]'],
  sep: ['[SEP]'],
  mask: ['[MASK]', '<mask>'],
};

/** The added special tokens that have a usual name, by what it says they are for. */
export function specialTokensByName(added: readonly AddedToken[]): SpecialTokens {
  const names = new Set(added.filter(({ special }) => special).map(({ content }) => content));
  const tokens: SpecialTokens = {};
  for (const role of tokenRoles) {
    const name = usualNames[role].find((usual) => names.has(usual));
    if (name !== undefined) tokens[role] = name;
  }
  return tokens;
}
