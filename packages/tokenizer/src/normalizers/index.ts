import { Registry } from '../json/registry.js';
import { Lowercase } from './lowercase.js';
import type { Normalizer } from './normalizer.js';
import { NormalizerSequence } from './sequence.js';
import { Unicode } from './unicode.js';

/** The normalizers that a tokenizer.json may name. */
export const normalizers = new Registry<Normalizer>('normalizer', {
  NFC: () => new Unicode('NFC'),
  NFD: () => new Unicode('NFD'),
  NFKC: () => new Unicode('NFKC'),
  NFKD: () => new Unicode('NFKD'),
  Lowercase: () => new Lowercase(),
  Sequence: NormalizerSequence.fromJSON,
});
