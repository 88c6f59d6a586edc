import { Registry } from '../json/registry.js';
import { BpeDecoder } from './bpe_decoder.js';
import { ByteFallback } from './byte_fallback.js';
import { ByteLevelDecoder } from './byte_level.js';
import { CtcDecoder } from './ctc.js';
import type { Decoder } from './decoder.js';
import { Fuse } from './fuse.js';
import { MetaspaceDecoder } from './metaspace.js';
import { ReplaceDecoder } from './replace.js';
import { DecoderSequence } from './sequence.js';
import { StripDecoder } from './strip.js';
import { WordPieceDecoder } from './word_piece.js';

/** The decoders that a tokenizer.json may name. */
export const decoders = new Registry<Decoder>('decoder', {
  BPEDecoder: BpeDecoder.fromJSON,
  ByteFallback: () => new ByteFallback(),
  ByteLevel: ByteLevelDecoder.fromJSON,
  CTC: CtcDecoder.fromJSON,
  Fuse: () => new Fuse(),
  Metaspace: MetaspaceDecoder.fromJSON,
  Replace: ReplaceDecoder.fromJSON,
  Sequence: DecoderSequence.fromJSON,
  Strip: StripDecoder.fromJSON,
  WordPiece: WordPieceDecoder.fromJSON,
});
