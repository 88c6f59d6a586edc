import type { ModelFiles } from '@chui/hub';
import { JsonNode } from '../json/json_node.js';
import type { SpecialTokens } from '../special_tokens.js';
import { numberAddedTokens } from './added_tokens.js';
import { bertVocabulary } from './bert_vocabulary.js';
import { byteLevelVocabulary } from './byte_level_vocabulary.js';
import { readSentencePieceModel } from './sentence_piece_model.js';
import { sentencePieceVocabulary } from './sentence_piece_vocabulary.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

const bytePairFiles = [
  ['vocab.json', 'merges.txt'],
  ['encoder.json', 'vocab.bpe'],
] as const;

const sentencePieceFiles = ['tokenizer.model', 'spiece.model', 'sentencepiece.bpe.model', 'spm.model'];

/** A tokenizer.json, made of other files. */
export interface ReadVocabulary {
  json: object;
  specialTokens: SpecialTokens;
  /** What errors call it. */
  name: string;
}

/**
 * Reads the vocabulary of a model that has no tokenizer.json: vocab.txt, vocab.json with merges.txt, encoder.json with
 * vocab.bpe, or a SentencePiece file.
 *
 * @throws Error if there is none of them, or one is damaged
 */
export async function readVocabulary(files: ModelFiles, config: TokenizerConfig): Promise<ReadVocabulary> {
  if (await files.has('vocab.txt'))
    return assemble(bertVocabulary(await files.text('vocab.txt'), config), config, `${files.name}/vocab.txt`);
  for (const [vocab, merges] of bytePairFiles) {
    if (!(await files.has(vocab)) || !(await files.has(merges))) continue;
    const name = `${files.name}/${vocab}`;
    const ids = JsonNode.parse(await files.text(vocab), name);
    const parts = byteLevelVocabulary(ids, await files.text(merges), config);
    return assemble(parts, config, `${name} with ${merges}`);
  }
  for (const file of sentencePieceFiles) {
    if (!(await files.has(file))) continue;
    const name = `${files.name}/${file}`;
    const model = readSentencePieceModel(await files.bytes(file), name);
    return assemble(sentencePieceVocabulary(model, config, name), config, name);
  }
  const pairs = bytePairFiles.map((pair) => pair.join(' with '));
  const others = ['vocab.txt', ...pairs, ...sentencePieceFiles].join(', ');
  throw new Error(`${files.name} has no file tokenizer.json, nor other files of a vocabulary (${others})`);
}

function assemble(parts: VocabularyParts, config: TokenizerConfig, name: string): ReadVocabulary {
  const { usualTokens, addedTokens, ids, ...components } = parts;
  const usual = Object.entries(usualTokens).filter(([, token]) => ids.has(token));
  const implied = addedTokens.filter(({ content }) => ids.has(content));
  return {
    json: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: numberAddedTokens(config.addedTokens(implied), ids),
      ...components,
    },
    specialTokens: { ...Object.fromEntries(usual), ...config.specialTokens },
    name,
  };
}
