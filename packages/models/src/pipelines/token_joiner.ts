import { Tokenizer } from '@chui/tokenizer';

/** What the words of tagged tokens are made with. */
export interface TokenJoiner {
  /** Whether tokens say that they go on with a word, as by `##`. */
  readonly marksContinuations: boolean;
  /** The text of tokens, or of texts in their place, as the tokenizer's decoder joins them. */
  join(tokens: readonly string[]): string;
}

/** The parts of a tokenizer.json that matter here. */
interface TokenizerFile {
  decoder: object | null;
  model: { continuing_subword_prefix?: string | null };
}

/** The joiner of a tokenizer. */
export function tokenJoiner(tokenizer: Tokenizer): TokenJoiner {
  const { decoder, model } = tokenizer.toJSON() as TokenizerFile;
  return {
    marksContinuations: Boolean(model.continuing_subword_prefix),
    join(tokens) {
      // Decoding takes ids, which texts in the place of unknown tokens have not: they get some here.
      const vocab = Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));
      const words = { type: 'WordLevel', vocab, unk_token: '' };
      const joining = Tokenizer.fromJSON({ model: words, decoder });
      return joining.decode(tokens.map((token) => vocab[token]!));
    },
  };
}
