import type { JsonNode } from '../json/json_node.js';
import { Registry } from '../json/registry.js';
import { BPE } from './bpe.js';
import type { Model } from './model.js';
import { Unigram } from './unigram.js';
import { WordLevel } from './word_level.js';
import { WordPiece } from './word_piece.js';

/** The models that a tokenizer.json may name; old files name none, where the fields tell. */
export const models = new Registry<Model>(
  'model',
  {
    BPE: BPE.fromJSON,
    Unigram: Unigram.fromJSON,
    WordLevel: WordLevel.fromJSON,
    WordPiece: WordPiece.fromJSON,
  },
  typeByFields,
);

function typeByFields(json: JsonNode): string | undefined {
  const has = (key: string) => json.get(key).value !== undefined;
  if (!has('vocab')) return undefined;
  if (has('merges')) return 'BPE';
  if (has('max_input_chars_per_word')) return 'WordPiece';
  return has('unk_token') ? 'WordLevel' : 'Unigram';
}
