import { Registry } from '../json/registry.js';
import type { Decoder } from './decoder.js';
import { Fuse } from './fuse.js';

/** The decoders that a tokenizer.json may name. */
export const decoders = new Registry<Decoder>('decoder', {
  Fuse: () => new Fuse(),
});
