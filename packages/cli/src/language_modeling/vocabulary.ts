import { Tokenizer, type TrainingProgress, trainBpe, trainWordLevel } from '@chui/tokenizer';
import type { DocumentMarks } from '@chui/training';
import type { Vocabulary } from '../pretrain/vocabulary.js';

/** How a vocabulary is made. */
export interface VocabularyOptions {
  readonly kind: 'bytes' | 'characters';
  readonly vocabSize: number;
  readonly minFrequency?: number | undefined;
  /** What transformers is told that the model takes. */
  readonly context: number;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** Stands between documents, as in GPT-2. */
const END_OF_TEXT = '<|endoftext|>';

/** Makes a vocabulary of texts, of bytes as GPT-2's or of characters. Decoding gives back a text to the last blank and line. */
export async function makeVocabulary(
  texts: readonly string[],
  { kind, context, ...options }: VocabularyOptions,
): Promise<Vocabulary> {
  const trained = await (kind === 'bytes' ? bytesOf(texts, options) : charactersOf(texts, options));
  const roles = { bos: END_OF_TEXT, eos: END_OF_TEXT };
  const tokenizer = Tokenizer.fromJSON(trained.toJSON(), roles);
  return {
    tokenizer,
    files: async () => {
      const { 'tokenizer_config.json': config, ...files } = tokenizer.toFiles();
      const told = { ...JSON.parse(config!), model_max_length: context };
      return { ...files, 'tokenizer_config.json': `${JSON.stringify(told, null, 2)}\n` };
    },
  };
}

type Options = Omit<VocabularyOptions, 'kind' | 'context'>;

const bytesOf = (texts: readonly string[], { vocabSize, minFrequency = 2, onProgress }: Options) =>
  trainBpe(texts, {
    ...{ vocabSize, minFrequency, byteLevel: true, specialTokens: [END_OF_TEXT] },
    ...(onProgress && { onProgress }),
  });

const charactersOf = (texts: readonly string[], { vocabSize, minFrequency = 1 }: Options) =>
  trainWordLevel(texts, {
    ...{ vocabSize, minFrequency, specialTokens: [END_OF_TEXT, '[UNK]'] },
    preTokenizer: {
      ...{ type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
    },
    decoder: { type: 'Fuse' },
  });

/** What a tokenizer has to mark documents with. A mark of their end alone also stands for their beginning. */
export function marksOf(tokenizer: Tokenizer): DocumentMarks {
  const { bos, eos } = tokenizer.specialTokens;
  const [begin, end] = [bos ?? eos, eos].map((token) =>
    token === undefined ? undefined : tokenizer.tokenToId(token),
  );
  return { beginTokenId: begin, endTokenId: end };
}
