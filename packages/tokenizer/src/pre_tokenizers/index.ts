import { Registry } from '../json/registry.js';
import type { PreTokenizer } from './pre_tokenizer.js';
import { PreTokenizerSequence } from './sequence.js';
import { Split } from './split.js';
import { Whitespace } from './whitespace.js';
import { WhitespaceSplit } from './whitespace_split.js';

/** The pre-tokenizers that a tokenizer.json may name. */
export const preTokenizers = new Registry<PreTokenizer>('pre-tokenizer', {
  Whitespace: () => new Whitespace(),
  WhitespaceSplit: () => new WhitespaceSplit(),
  Split: Split.fromJSON,
  Sequence: PreTokenizerSequence.fromJSON,
});
