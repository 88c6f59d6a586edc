import type { Tokenizer } from '@chui/tokenizer';
import { encodeText, joinDocuments } from '@chui/training';
import { marksOf } from './vocabulary.js';

/** Texts as the tokens of one text. */
export interface EncodedTexts {
  /** Those of the documents and what marks them. */
  readonly ids: Int32Array;
  /** Tokens of the documents. */
  readonly tokens: number;
  /** Those among them that stand for what the vocabulary has not. */
  readonly unknown: number;
}

/**
 * The tokens of texts, one after the other.
 *
 * @param name what errors call them
 * @throws Error of one line naming the texts and the rule if they have fewer than two tokens.
 */
export function encodeTexts(name: string, texts: readonly string[], tokenizer: Tokenizer): EncodedTexts {
  const documents = texts.map((text) => encodeText(text, tokenizer));
  const unknownId = tokenizer.specialTokens.unk === undefined ? undefined : tokenizer.unkTokenId;
  let [tokens, unknown] = [0, 0];
  for (const ids of documents) {
    tokens += ids.length;
    for (const id of ids) if (id === unknownId) unknown++;
  }
  if (tokens < 2) throw new Error(`${name} must have two tokens at least, but has ${tokens}`);
  return { ids: joinDocuments(documents, marksOf(tokenizer)), tokens, unknown };
}

/** `train: 3 documents, 201,544 tokens, 0.010 % of them unknown`. */
export function textsNote(name: string, texts: readonly string[], { tokens, unknown }: EncodedTexts): string {
  const documents = `${texts.length.toLocaleString('en')} ${texts.length === 1 ? 'document' : 'documents'}`;
  const share = ((100 * unknown) / tokens).toFixed(3);
  return `${name}: ${documents}, ${tokens.toLocaleString('en')} tokens, ${share} % of them unknown`;
}
