import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openFiles } from '@chui/hub';
import { Tokenizer, type TrainingProgress, trainBpe, trainWordPiece } from '@chui/tokenizer';
import { located, tokenizerFiles } from '../finetune/model_source.js';
import type { RecipePaths } from '../train/task.js';
import type { Architecture } from './architectures.js';

/** A tokenizer, and its files as they lie beside the model. */
export interface Vocabulary {
  readonly tokenizer: Tokenizer;
  files(): Promise<Record<string, string | Uint8Array>>;
}

/** How a vocabulary is trained. */
export interface VocabularyOptions {
  readonly vocabSize: number;
  readonly minFrequency: number;
  readonly limitAlphabet: number;
  readonly lowercase: boolean;
  /** What transformers is told that the model takes. */
  readonly maxLength: number;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** Trains the kind of vocabulary that an architecture has, on texts. */
export async function trainVocabulary(
  texts: readonly string[],
  architecture: Architecture,
  options: VocabularyOptions,
): Promise<Vocabulary> {
  const isWords = architecture.vocabulary === 'wordPiece';
  const tokenizer = await (isWords ? wordPiece(texts, options) : byteLevelBpe(texts, options));
  return {
    tokenizer,
    files: async () => ({
      ...tokenizer.toFiles(),
      ...(isWords && { 'vocab.txt': `${[...tokenizer.getVocab().keys()].join('\n')}\n` }),
      'tokenizer_config.json': configFile(tokenizer, architecture, options),
    }),
  };
}

/**
 * Opens a vocabulary: a directory or one of its files, relative to the recipe, a URL, or the id of a repository.
 *
 * @throws Error naming the place if there is no tokenizer.
 */
export async function openVocabulary(
  name: string,
  paths: RecipePaths,
): Promise<Vocabulary & { readonly written: string }> {
  const isFile = await stat(paths.resolve(name)).then(
    (status) => status.isFile(),
    () => false,
  );
  const { path, written } = await located(isFile ? dirname(name) : name, paths);
  const files = await openFiles(path);
  const tokenizer = await Tokenizer.fromFiles(files);
  return { tokenizer, written, files: () => tokenizerFiles({ files, tokenizer }) };
}

/**
 * BERT's. Ideographs are words of one character, other letters of Japanese become words as they stand together. Accents stay
 * where texts are lowercased, for the marks that voice kana would go with them.
 */
function wordPiece(texts: readonly string[], { lowercase, ...options }: VocabularyOptions) {
  const { vocabSize, minFrequency, limitAlphabet, onProgress } = options;
  const normalizer = {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: false,
    lowercase,
  };
  return trainWordPiece(texts, {
    ...{ vocabSize, minFrequency, limitAlphabet, normalizer },
    ...(onProgress && { onProgress }),
  });
}

/** RoBERTa's, with a space before the first word too, so that this is the same token as in the middle. */
async function byteLevelBpe(texts: readonly string[], options: VocabularyOptions): Promise<Tokenizer> {
  const { vocabSize, minFrequency, onProgress } = options;
  const flags = { add_prefix_space: true, trim_offsets: true };
  const roles = {
    ...{ bos: '<s>', eos: '</s>', cls: '<s>', sep: '</s>' },
    ...{ pad: '<pad>', unk: '<unk>', mask: '<mask>' },
  };
  const trained = await trainBpe(texts, {
    ...{ vocabSize, minFrequency, byteLevel: true },
    specialTokens: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'],
    preTokenizer: { type: 'ByteLevel', use_regex: true, ...flags },
    postProcessor: { type: 'RobertaProcessing', cls: ['<s>', 0], sep: ['</s>', 2], ...flags },
    ...(onProgress && { onProgress }),
  });
  const json = trained.toJSON() as { added_tokens: { content: string }[] };
  // What is masked takes the space before it along.
  const added = json.added_tokens.map((token) => ({ ...token, lstrip: token.content === '<mask>' }));
  return Tokenizer.fromJSON({ ...json, added_tokens: added }, roles);
}

/** The text of tokenizer_config.json, from which transformers makes the tokenizer of the architecture. */
function configFile(
  tokenizer: Tokenizer,
  { tokenizerClass, inputNames, vocabulary }: Architecture,
  { lowercase, maxLength }: VocabularyOptions,
): string {
  const config = {
    ...JSON.parse(tokenizer.toFiles()['tokenizer_config.json']!),
    ...{ tokenizer_class: tokenizerClass, model_input_names: inputNames, model_max_length: maxLength },
    ...(vocabulary === 'wordPiece'
      ? { do_lower_case: lowercase, strip_accents: false, tokenize_chinese_chars: true }
      : { add_prefix_space: true, trim_offsets: true }),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
