import { Registry } from '../json/registry.js';
import { BertPreTokenizer } from './bert_pre_tokenizer.js';
import { ByteLevel } from './byte_level.js';
import { CharDelimiterSplit } from './char_delimiter_split.js';
import { Digits } from './digits.js';
import { FixedLength } from './fixed_length.js';
import { Metaspace } from './metaspace.js';
import type { PreTokenizer } from './pre_tokenizer.js';
import { Punctuation } from './punctuation.js';
import { PreTokenizerSequence } from './sequence.js';
import { Split } from './split.js';
import { UnicodeScripts } from './unicode_scripts.js';
import { Whitespace } from './whitespace.js';
import { WhitespaceSplit } from './whitespace_split.js';
import { WordSegmentation } from './word_segmentation.js';

/** The pre-tokenizers that a tokenizer.json may name. */
export const preTokenizers = new Registry<PreTokenizer>('pre-tokenizer', {
  BertPreTokenizer: () => new BertPreTokenizer(),
  ByteLevel: ByteLevel.fromJSON,
  CharDelimiterSplit: CharDelimiterSplit.fromJSON,
  Digits: Digits.fromJSON,
  FixedLength: FixedLength.fromJSON,
  Metaspace: Metaspace.fromJSON,
  Punctuation: Punctuation.fromJSON,
  Sequence: PreTokenizerSequence.fromJSON,
  Split: Split.fromJSON,
  UnicodeScripts: () => new UnicodeScripts(),
  Whitespace: () => new Whitespace(),
  WhitespaceSplit: () => new WhitespaceSplit(),
  WordSegmentation: WordSegmentation.fromJSON,
});
