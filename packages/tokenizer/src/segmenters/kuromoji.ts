import { registerWordSegmenter, type WordSegmenter } from './word_segmenter.js';

/** The part of kuromoji that is used. */
interface Kuromoji {
  builder(options: { dicPath: string }): {
    build(done: (error: Error | null, tokenizer: KuromojiTokenizer) => void): void;
  };
}
interface KuromojiTokenizer {
  tokenize(text: string): { surface_form: string }[];
}

export interface KuromojiOptions {
  /** The package, as `import('kuromoji')` gives it: for bundles, where it is not found by its name. */
  kuromoji?: Kuromoji | { default: Kuromoji };
  /** Directory of the dictionary's files, or in browsers its URL; in Node that of the package if not given. */
  dictionary?: string;
}

/**
 * Loads kuromoji with its dictionary, IPADIC, and registers it as the segmenter `kuromoji`: Japanese words as MeCab finds
 * them. The package is not installed with this one.
 *
 * @throws Error if it is not installed, or the dictionary cannot be read
 * @see https://github.com/takuyaa/kuromoji.js
 */
export async function loadKuromoji({ kuromoji, dictionary }: KuromojiOptions = {}): Promise<WordSegmenter> {
  const name = 'kuromoji';
  const module: Kuromoji | { default: Kuromoji } =
    kuromoji ??
    (await import(/* @vite-ignore */ name).catch((error: Error) => {
      throw new Error('kuromoji must be installed, but is not: npm install kuromoji', { cause: error });
    }));
  const { builder } = 'default' in module ? module.default : module;
  const dicPath = dictionary ?? decodeURIComponent(new URL('../dict', import.meta.resolve(name)).pathname);
  const tokenizer = await new Promise<KuromojiTokenizer>((resolve, reject) => {
    builder({ dicPath }).build((error, built) => {
      if (error) reject(new Error(`kuromoji's dictionary must be at ${dicPath}, but ${error.message}`));
      else resolve(built);
    });
  });
  const segmenter: WordSegmenter = (text) =>
    tokenizer.tokenize(text).map(({ surface_form: surface }) => surface);
  registerWordSegmenter(name, segmenter);
  return segmenter;
}
