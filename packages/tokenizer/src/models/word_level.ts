import type { JsonNode } from '../json/json_node.js';
import type { Model, Token } from './model.js';
import { Vocabulary } from './vocabulary.js';

/** One token a word: the word itself if the vocabulary has it, else the unknown token. */
export class WordLevel implements Model {
  constructor(
    private readonly vocabulary: Vocabulary,
    readonly unkToken: string,
  ) {}

  static fromJSON(json: JsonNode): WordLevel {
    return new WordLevel(Vocabulary.fromJSON(json.get('vocab')), json.get('unk_token').string());
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** @throws Error if the word is unknown and the vocabulary lacks the unknown token */
  tokenize(word: string): Token[] {
    const known = this.vocabulary.id(word);
    const id = known ?? this.vocabulary.unknownId(this.unkToken, word);
    return [{ id, text: known === undefined ? this.unkToken : word, start: 0, end: word.length }];
  }

  tokenToId(token: string): number | undefined {
    return this.vocabulary.id(token);
  }

  idToToken(id: number): string | undefined {
    return this.vocabulary.token(id);
  }

  entries(): [token: string, id: number][] {
    return this.vocabulary.entries();
  }

  toJSON(): object {
    return { type: 'WordLevel', vocab: this.vocabulary, unk_token: this.unkToken };
  }
}
