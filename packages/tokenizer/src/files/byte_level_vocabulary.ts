import type { JsonNode } from '../json/json_node.js';
import { addedTokenFields } from './added_tokens.js';
import { requiredId, template } from './template.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

/** Kinds of model that take RoBERTa's special tokens. */
const robertaFamilies = new Set(['roberta', 'bart', 'longformer', 'led', 'xlmrobertaxl', 'mvp']);

/**
 * The byte-level BPE tokenizer of GPT-2, or of RoBERTa and its like if the configuration names one.
 *
 * @param vocab ids by token
 * @param mergesText two tokens a line, after a line with the version
 * @throws Error if tokens mark the ends of words, which those of bytes do not
 */
export function byteLevelVocabulary(
  vocab: JsonNode,
  mergesText: string,
  config: TokenizerConfig,
): VocabularyParts {
  const merges = mergesText.split(/\r?\n/).filter((line) => line !== '');
  if (merges.some((line) => line.endsWith('</w>')))
    throw vocab.error('must be the vocabulary of a byte-level BPE, whose tokens do not end in </w>');
  const isRoberta = robertaFamilies.has(config.family ?? '');
  const ids = new Map(Object.entries(vocab.object() as Record<string, number>));
  const add_prefix_space = config.flag('add_prefix_space') ?? false;
  return {
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex: true },
    ...(isRoberta ? robertaParts(config, add_prefix_space, ids) : gpt2Parts(config, ids)),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocab.value,
      merges,
    },
    ids,
  };
}

type Rest = Pick<VocabularyParts, 'post_processor' | 'usualTokens' | 'addedTokens'>;

function gpt2Parts(config: TokenizerConfig, ids: VocabularyParts['ids']): Rest {
  const end = '<|endoftext|>';
  const usualTokens = { bos: end, eos: end, unk: end };
  const { bos } = { ...usualTokens, ...config.specialTokens };
  const single = [[bos], ['$A']] as const;
  const post_processor = config.flag('add_bos_token')
    ? template(single, [...single, ['$B', 1]], ids)
    : { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true };
  return { post_processor, usualTokens, addedTokens: [addedTokenFields(end)] };
}

function robertaParts(config: TokenizerConfig, add_prefix_space: boolean, ids: VocabularyParts['ids']): Rest {
  const usualTokens = {
    ...{ bos: '<s>', eos: '</s>', cls: '<s>', sep: '</s>' },
    ...{ unk: '<unk>', pad: '<pad>', mask: '<mask>' },
  };
  const { cls, sep, mask } = { ...usualTokens, ...config.specialTokens };
  return {
    post_processor: {
      type: 'RobertaProcessing',
      sep: [sep, requiredId(sep, ids)],
      cls: [cls, requiredId(cls, ids)],
      trim_offsets: config.flag('trim_offsets') ?? true,
      add_prefix_space,
    },
    usualTokens,
    addedTokens: [
      ...Object.values(usualTokens).map((token) => addedTokenFields(token)),
      addedTokenFields(mask, { lstrip: true }),
    ],
  };
}
