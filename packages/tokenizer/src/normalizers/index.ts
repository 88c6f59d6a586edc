import { Registry } from '../json/registry.js';
import { BertNormalizer } from './bert_normalizer.js';
import { ByteLevelNormalizer } from './byte_level.js';
import { FoldWidth } from './fold_width.js';
import { Lowercase } from './lowercase.js';
import { Nmt } from './nmt.js';
import type { Normalizer } from './normalizer.js';
import { Precompiled } from './precompiled.js';
import { Prepend } from './prepend.js';
import { Replace } from './replace.js';
import { NormalizerSequence } from './sequence.js';
import { Strip } from './strip.js';
import { StripAccents } from './strip_accents.js';
import { Unicode } from './unicode.js';

/** The normalizers that a tokenizer.json may name. */
export const normalizers = new Registry<Normalizer>('normalizer', {
  BertNormalizer: BertNormalizer.fromJSON,
  ByteLevel: () => new ByteLevelNormalizer(),
  FoldWidth: () => new FoldWidth(),
  Lowercase: () => new Lowercase(),
  NFC: () => new Unicode('NFC'),
  NFD: () => new Unicode('NFD'),
  NFKC: () => new Unicode('NFKC'),
  NFKD: () => new Unicode('NFKD'),
  Nmt: () => new Nmt(),
  Precompiled: Precompiled.fromJSON,
  Prepend: Prepend.fromJSON,
  Replace: Replace.fromJSON,
  Sequence: NormalizerSequence.fromJSON,
  Strip: Strip.fromJSON,
  StripAccents: () => new StripAccents(),
});
