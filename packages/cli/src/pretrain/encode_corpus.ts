import type { Tokenizer } from '@chui/tokenizer';
import {
  encodeDocument,
  type MaskableExample,
  maskedWindows,
  nextSentenceWindows,
  type WordTokens,
} from '@chui/training';
import type { TextDocument } from './read_documents.js';

export const objectives = ['masked-lm', 'masked-lm+next-sentence'] as const;
type Objective = (typeof objectives)[number];

export interface CorpusOptions {
  readonly tokenizer: Tokenizer;
  readonly objective: Objective;
  /** Most tokens of an example. */
  readonly maxLength: number;
  readonly seed: number;
}

/** Examples to learn from, and what is worth knowing of their texts. */
export interface EncodedCorpus {
  readonly examples: readonly MaskableExample[];
  readonly tokens: number;
  /** Tokens that stand for a word that the vocabulary cannot spell. */
  readonly unknown: number;
}

/**
 * The examples that documents give.
 *
 * @param name what errors call the documents
 * @throws Error of one line naming the documents and the rule if they are too few or too short.
 */
export function encodeCorpus(
  name: string,
  documents: readonly TextDocument[],
  { tokenizer, objective, maxLength, seed }: CorpusOptions,
): EncodedCorpus {
  const encoded = documents.map((texts) => encodeDocument(texts, tokenizer));
  const { clsTokenId, sepTokenId } = tokenizer;
  const options = { length: maxLength, clsTokenId, sepTokenId };
  const withTokens = encoded.filter((texts) => texts.some(({ ids }) => ids.length > 0));
  if (objective === 'masked-lm+next-sentence' && withTokens.length < 2) {
    throw new Error(
      `${name} must have two documents at least, with an empty line between, for next-sentence, but has ${withTokens.length}`,
    );
  }
  const examples =
    objective === 'masked-lm'
      ? maskedWindows(encoded, options)
      : nextSentenceWindows(encoded, { ...options, seed });
  if (examples.length === 0) throw new Error(`${name} must have texts for an example, but is too short`);
  return { examples, ...count(encoded, tokenizer) };
}

function count(documents: readonly (readonly WordTokens[])[], tokenizer: Tokenizer) {
  const unknownId = tokenizer.specialTokens.unk === undefined ? undefined : tokenizer.unkTokenId;
  let [tokens, unknown] = [0, 0];
  for (const { ids } of documents.flat()) {
    tokens += ids.length;
    for (const id of ids) if (id === unknownId) unknown++;
  }
  return { tokens, unknown };
}

/** `pages.txt: 2,344 texts in 11 documents, 201,544 tokens, 0.010 % of them unknown; 1,600 examples`. */
export function corpusNote(name: string, documents: readonly TextDocument[], corpus: EncodedCorpus): string {
  const { examples, tokens, unknown } = corpus;
  const [texts, all, made] = [documents.flat().length, tokens, examples.length].map((number) =>
    number.toLocaleString('en'),
  );
  const share = ((100 * unknown) / Math.max(1, tokens)).toFixed(3);
  return `${name}: ${texts} texts in ${documents.length} documents, ${all} tokens, ${share} % of them unknown; ${made} examples`;
}
