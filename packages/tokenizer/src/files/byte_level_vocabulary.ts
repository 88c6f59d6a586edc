import type { JsonNode } from '../json/json_node.js';
import { bertTemplate, requiredId, template } from '../post_processors/template.js';
import { addedTokenFields } from './added_tokens.js';
import type { TokenizerConfig } from './tokenizer_config.js';
import type { VocabularyParts } from './vocabulary_parts.js';

interface Kind {
  /** What is done to a text before its words are found. */
  normalizer?: object;
  /** What finds the words, if not GPT-2's expression. */
  words?: string;
  parts(config: TokenizerConfig, addPrefixSpace: boolean, ids: VocabularyParts['ids']): Rest;
}

const gpt2: Kind = { parts: gpt2Parts };
const roberta: Kind = { parts: robertaParts };

/** Kinds of model by the name that the configuration has for them. */
const kinds: Record<string, Kind> = {
  ...{ gpt2, gptneo: gpt2, gptj: gpt2, gptbigcode: gpt2, codegen: gpt2, opt: gpt2 },
  ...{ roberta, bart: roberta, longformer: roberta, led: roberta, xlmrobertaxl: roberta, mvp: roberta },
  gptneox: { normalizer: { type: 'NFC' }, parts: gpt2Parts },
  qwen2: {
    normalizer: { type: 'NFC' },
    words:
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    parts: qwen2Parts,
  },
  deberta: { parts: debertaParts },
};

/**
 * The byte-level BPE tokenizer of GPT-2, or of another kind of model if the configuration names one.
 *
 * @param vocab ids by token
 * @param mergesText two tokens a line, after a line with the version
 * @throws Error if the kind is not known, which may do otherwise, or tokens mark the ends of words, which those of bytes do
 *   not
 */
export function byteLevelVocabulary(
  vocab: JsonNode,
  mergesText: string,
  config: TokenizerConfig,
): VocabularyParts {
  const merges = mergesText.split(/\r?\n/).filter((line) => line !== '');
  if (merges.some((line) => line.endsWith('</w>')))
    throw vocab.error('must be the vocabulary of a byte-level BPE, whose tokens do not end in </w>');
  const { family = 'gpt2' } = config;
  const kind = Object.hasOwn(kinds, family) ? kinds[family] : undefined;
  if (!kind)
    throw vocab.error(`must be of a model of the kind ${Object.keys(kinds).join(', ')}, not ${family}`);
  const ids = new Map(Object.entries(vocab.object() as Record<string, number>));
  const addPrefixSpace = config.flag('add_prefix_space') ?? false;
  return {
    normalizer: kind.normalizer ?? null,
    pre_tokenizer: preTokenizer(kind, addPrefixSpace),
    ...kind.parts(config, addPrefixSpace, ids),
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

function preTokenizer({ words }: Kind, add_prefix_space: boolean): object {
  const bytes = { type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex: words === undefined };
  if (words === undefined) return bytes;
  const split = { type: 'Split', pattern: { Regex: words }, behavior: 'Isolated', invert: false };
  return { type: 'Sequence', pretokenizers: [split, bytes] };
}

/** Leaves offsets as they are. */
const plainOffsets = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true };

type Rest = Pick<VocabularyParts, 'post_processor' | 'usualTokens' | 'addedTokens'>;

function gpt2Parts(config: TokenizerConfig, _: boolean, ids: VocabularyParts['ids']): Rest {
  const end = '<|endoftext|>';
  const usualTokens = { bos: end, eos: end, unk: end };
  const { bos } = { ...usualTokens, ...config.specialTokens };
  const single = [[bos], ['$A']] as const;
  const post_processor = config.flag('add_bos_token')
    ? template(single, [...single, ['$B', 1]], ids)
    : plainOffsets;
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
    addedTokens: withMask(usualTokens, mask),
  };
}

function qwen2Parts(): Rest {
  const end = '<|endoftext|>';
  const usualTokens = { eos: end, unk: end, pad: end };
  return { post_processor: plainOffsets, usualTokens, addedTokens: [addedTokenFields(end)] };
}

function debertaParts(config: TokenizerConfig, _: boolean, ids: VocabularyParts['ids']): Rest {
  const usualTokens = {
    ...{ bos: '[CLS]', eos: '[SEP]', cls: '[CLS]', sep: '[SEP]' },
    ...{ unk: '[UNK]', pad: '[PAD]', mask: '[MASK]' },
  };
  const { cls, sep, mask } = { ...usualTokens, ...config.specialTokens };
  return {
    post_processor: bertTemplate(cls, sep, ids),
    usualTokens,
    addedTokens: withMask(usualTokens, mask),
  };
}

/** Tokens, and one for what is masked, which takes the space before it along. */
const withMask = (tokens: Readonly<Record<string, string>>, mask: string) => [
  ...Object.values(tokens).map((token) => addedTokenFields(token)),
  addedTokenFields(mask, { lstrip: true }),
];
