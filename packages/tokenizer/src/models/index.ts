import { Registry } from '../json/registry.js';
import type { Model } from './model.js';
import { WordLevel } from './word_level.js';

/** The models that a tokenizer.json may name. */
export const models = new Registry<Model>('model', {
  WordLevel: WordLevel.fromJSON,
});
