import type { JsonNode } from '../json/json_node.js';
import { ByteTokens } from './byte_tokens.js';
import type { Model, Token } from './model.js';
import { Trie } from './trie.js';
import { UnigramPath } from './unigram_path.js';
import { Vocabulary } from './vocabulary.js';

/** A piece with the logarithm of its probability. */
export type ScoredPiece = readonly [piece: string, score: number];

export interface UnigramOptions {
  /** The id of unknown characters, which else are an error. */
  unkId?: number | undefined;
  /** Gives unknown characters the tokens `<0x00>` to `<0xFF>` of their bytes. */
  byteFallback?: boolean;
  /** Ids of pieces that are not looked for in texts. */
  reserved?: readonly number[] | undefined;
  /** Adds scores in 32 bits. */
  singlePrecision?: boolean;
}

/** How much less likely a character that no piece has is than the least likely piece. */
const unknownPenalty = 10;

/**
 * Takes a text apart into the pieces whose scores have the highest sum. Characters that no piece has are unknown; a run
 * of them is one token, or that of their bytes.
 *
 * As in the reference the text of an unknown token is what it stands for, not that of `unk_id`'s piece. Two more fields
 * of a file, which the reference does not know, are for what SentencePiece does: `reserved` are ids of pieces that are in
 * no text, such as `</s>`; `single_precision` adds scores in 32 bits, which decides on ties.
 *
 * @see Kudo (2018), https://arxiv.org/abs/1804.10959
 */
export class Unigram implements Model {
  private readonly vocabulary: Vocabulary;
  private readonly trie: Trie;
  private readonly bytes: ByteTokens | undefined;
  private readonly unknownScore: number;
  private readonly path: UnigramPath;
  private readonly unkId: number | undefined;

  /** @param pieces in the order of their ids; a piece that is there twice is found by its last id */
  constructor(
    private readonly pieces: readonly ScoredPiece[],
    private readonly options: UnigramOptions = {},
  ) {
    const { unkId, byteFallback = false, reserved = [], singlePrecision = false } = options;
    const hidden = new Set(reserved);
    this.unkId = unkId;
    this.vocabulary = new Vocabulary(pieces.map(([piece], id) => [piece, id]));
    this.trie = new Trie([...this.vocabulary].filter(([, id]) => !hidden.has(id)));
    this.bytes = byteFallback ? new ByteTokens(this.vocabulary) : undefined;
    this.path = new UnigramPath(singlePrecision);
    const unknownScore =
      pieces.reduce((least, [, score]) => Math.min(least, score), Infinity) - unknownPenalty;
    this.unknownScore = singlePrecision ? Math.fround(unknownScore) : unknownScore;
  }

  static fromJSON(json: JsonNode): Unigram {
    const pieces = json.get('vocab').list();
    const damaged = pieces.findIndex((piece) => !isScoredPiece(piece));
    if (damaged >= 0)
      throw json.get('vocab').items()[damaged]!.error('must be a list of a piece and its score');
    const readId = (node: JsonNode) => {
      if (node.integer() < pieces.length) return node.integer();
      throw node.error(`must be the id of one of the ${pieces.length} pieces`);
    };
    const flag = (key: string) => json.get(key).value !== undefined && json.get(key).boolean();
    const reserved = json.get('reserved');
    return new Unigram(pieces as ScoredPiece[], {
      unkId: json.get('unk_id').isNull ? undefined : readId(json.get('unk_id')),
      byteFallback: flag('byte_fallback'),
      reserved: reserved.isNull ? undefined : reserved.items().map(readId),
      singlePrecision: flag('single_precision'),
    });
  }

  get unkToken(): string | undefined {
    return this.unkId === undefined ? undefined : this.pieces[this.unkId]![0];
  }

  get size(): number {
    return this.pieces.length;
  }

  /** @throws Error if a character is unknown and there is no `unk_id` */
  tokenize(text: string): Token[] {
    this.findPath(text);
    const { starts, ids } = this.path;
    const tokens: Token[] = [];
    for (let end = text.length; end > 0; ) {
      const id = ids[end]!;
      let start = starts[end]!;
      if (id === this.unkId) {
        while (start > 0 && ids[start] === id) start = starts[start]!;
        this.addUnknown(tokens, text.slice(start, end), start, end);
      } else {
        tokens.push({ id, text: this.pieces[id]![0], start, end });
      }
      end = start;
    }
    return tokens.reverse();
  }

  tokenToId(token: string): number | undefined {
    return this.vocabulary.id(token);
  }

  idToToken(id: number): string | undefined {
    return this.pieces[id]?.[0];
  }

  entries(): [token: string, id: number][] {
    return this.vocabulary.entries();
  }

  toJSON(): object {
    const { byteFallback = false, reserved, singlePrecision } = this.options;
    return {
      type: 'Unigram',
      unk_id: this.unkId ?? null,
      vocab: this.pieces,
      byte_fallback: byteFallback,
      ...(reserved && { reserved }),
      ...(singlePrecision && { single_precision: true }),
    };
  }

  /** Fills `path` with the best last piece of each beginning of the text. */
  private findPath(text: string): void {
    const { trie, pieces, path, unkId, unknownScore } = this;
    path.reset(text.length);
    for (let start = 0; start < text.length; ) {
      const next = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
      let isKnown = false;
      let node = Trie.root;
      for (let end = start + 1; end <= text.length; end++) {
        node = trie.child(node, text.charCodeAt(end - 1));
        if (node < 0) break;
        const id = trie.id(node);
        if (id < 0) continue;
        path.offer(start, end, id, pieces[id]![1]);
        if (end === next) isKnown = true;
      }
      if (!isKnown && path.offer(start, next, unkId ?? 0, unknownScore) && unkId === undefined)
        throw new Error(`unk_id must be given to encode ${JSON.stringify(text.slice(start, next))}`);
      start = next;
    }
  }

  /** Adds the tokens of a run of unknown characters, last first. */
  private addUnknown(tokens: Token[], text: string, start: number, end: number): void {
    const node = this.trie.find(text);
    const known = node < 0 ? -1 : this.trie.id(node); // the unknown token's own text
    const bytes = known < 0 ? this.bytes?.idsOf(text) : undefined;
    if (!bytes) {
      tokens.push({ id: known < 0 ? this.unkId! : known, text, start, end });
      return;
    }
    for (const id of bytes.reverse()) tokens.push({ id, text: this.pieces[id]![0], start, end });
  }
}

const isScoredPiece = (value: unknown): value is ScoredPiece =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number';
