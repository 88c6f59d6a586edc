import type { JsonNode } from '../json/json_node.js';
import type { Model, Token } from './model.js';
import { Trie } from './trie.js';
import { Vocabulary } from './vocabulary.js';

export interface WordPieceOptions {
  unkToken: string;
  /** What tokens that go on a word begin with, such as `##`. */
  continuingSubwordPrefix: string;
  /** Characters (code points) of the longest word that is taken apart; a longer one is unknown. */
  maxInputCharsPerWord: number;
}

/**
 * Takes the longest token that a word begins with, then the longest that goes on from there, and so on. A word that
 * cannot be taken apart so is one unknown token.
 *
 * @see Wu et al. (2016), section 4.1, https://arxiv.org/abs/1609.08144
 */
export class WordPiece implements Model {
  private readonly trie: Trie;
  /** The node of the trie that tokens which go on a word are below; -1 if there are none. */
  private readonly continuing: number;

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly options: WordPieceOptions,
  ) {
    this.trie = new Trie(vocabulary);
    this.continuing = this.trie.find(options.continuingSubwordPrefix);
  }

  static fromJSON(json: JsonNode): WordPiece {
    return new WordPiece(Vocabulary.fromJSON(json.get('vocab')), {
      unkToken: json.get('unk_token').string(),
      continuingSubwordPrefix: json.get('continuing_subword_prefix').string(),
      maxInputCharsPerWord: json.get('max_input_chars_per_word').integer(),
    });
  }

  get unkToken(): string {
    return this.options.unkToken;
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** @throws Error if the word is unknown and the vocabulary lacks the unknown token */
  tokenize(word: string): Token[] {
    if (this.isTooLong(word)) return this.unknown(word);
    const prefixLength = this.options.continuingSubwordPrefix.length;
    const tokens: Token[] = [];
    for (let start = 0; start < word.length; ) {
      const id = this.longestToken(word, start);
      if (id < 0) return this.unknown(word);
      const text = this.vocabulary.token(id)!;
      const end = start + text.length - (start > 0 ? prefixLength : 0);
      tokens.push({ id, text, start, end });
      start = end;
    }
    return tokens;
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
    return {
      type: 'WordPiece',
      unk_token: this.options.unkToken,
      continuing_subword_prefix: this.options.continuingSubwordPrefix,
      max_input_chars_per_word: this.options.maxInputCharsPerWord,
      vocab: this.vocabulary,
    };
  }

  /** The id of the longest token of the word from `start`; -1 if there is none. */
  private longestToken(word: string, start: number): number {
    const { trie } = this;
    let node = start === 0 ? Trie.root : this.continuing;
    let longest = -1;
    for (let i = start; i < word.length && node >= 0; i++) {
      node = trie.child(node, word.charCodeAt(i));
      if (node >= 0 && trie.id(node) >= 0) longest = trie.id(node);
    }
    return longest;
  }

  private isTooLong(word: string): boolean {
    const { maxInputCharsPerWord } = this.options;
    if (word.length <= maxInputCharsPerWord) return false;
    let characters = 0;
    for (const _ of word) if (++characters > maxInputCharsPerWord) return true;
    return false;
  }

  private unknown(word: string): Token[] {
    const { unkToken } = this.options;
    const id = this.vocabulary.unknownId(unkToken, word);
    return [{ id, text: unkToken, start: 0, end: word.length }];
  }
}
