import type { AddedToken } from './added_token.js';
import type { ChatTemplates } from './chat_templates.js';
import type { Decoder } from './decoders/decoder.js';
import type { Model } from './models/model.js';
import type { Normalizer } from './normalizers/normalizer.js';
import type { Padding } from './padding.js';
import type { PostProcessor } from './post_processors/post_processor.js';
import type { PreTokenizer } from './pre_tokenizers/pre_tokenizer.js';
import type { SpecialTokens } from './special_tokens.js';
import type { Side, Truncation } from './truncation.js';

/** The parts of a tokenizer, each as its interface says. */
export interface TokenizerParts {
  normalizer?: Normalizer | undefined;
  preTokenizer?: PreTokenizer | undefined;
  model: Model;
  postProcessor?: PostProcessor | undefined;
  decoder?: Decoder | undefined;
  addedTokens?: AddedToken[];
  truncation?: Truncation | undefined;
  padding?: Padding | undefined;
  /** What each special token is for; those not given are found by their usual names. */
  specialTokens?: SpecialTokens;
  /** How conversations are written. */
  chatTemplates?: ChatTemplates | undefined;
  /** Takes spaces before punctuation and English contractions away from decoded text. */
  cleanUpTokenizationSpaces?: boolean | undefined;
  /** Tokens that the model takes at most: what texts are cut or padded to where nothing else is said. */
  modelMaxLength?: number | undefined;
  /** The sides of padding and truncation where the options say none. */
  paddingSide?: Side | undefined;
  truncationSide?: Side | undefined;
}
