import { type JsonNode, shorten } from '../json/json_node.js';

/** Tokens and their ids, both ways; ids are unique and may have holes. */
export class Vocabulary {
  private readonly tokens = new Map<number, string>();
  private readonly ids: Map<string, number>;

  /** @param entries each id once; of the same token twice the last counts */
  constructor(entries: Iterable<readonly [token: string, id: number]>) {
    this.ids = new Map(entries);
    for (const [token, id] of this.ids) this.tokens.set(id, token);
  }

  /** @throws Error if an id is no id, or belongs to two tokens */
  static fromJSON(json: JsonNode): Vocabulary {
    const vocabulary = new Vocabulary([]);
    const { tokens, ids } = vocabulary;
    const values = json.object();
    for (const token of Object.keys(values)) {
      const id = values[token];
      if (!isId(id)) throw json.get(token).error('must be an integer from 0 to 2^32 - 1');
      const owner = tokens.get(id);
      if (owner !== undefined)
        throw json.get(token).error(`must be an id of its own, not that of ${JSON.stringify(owner)}`);
      tokens.set(id, token);
      ids.set(token, id);
    }
    return vocabulary;
  }

  get size(): number {
    return this.ids.size;
  }

  id(token: string): number | undefined {
    return this.ids.get(token);
  }

  token(id: number): string | undefined {
    return this.tokens.get(id);
  }

  /**
   * The id of the token for unknown words.
   *
   * @param word what it is needed for
   * @throws Error if the vocabulary lacks it
   */
  unknownId(unkToken: string, word: string): number {
    const id = this.ids.get(unkToken);
    if (id !== undefined) return id;
    throw new Error(
      `the vocabulary must have the unknown token ${unkToken} to encode ${shorten(JSON.stringify(word))}`,
    );
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<[token: string, id: number]> {
    return this.ids[Symbol.iterator]();
  }

  /** By rising id. */
  entries(): [token: string, id: number][] {
    return [...this.ids].sort(([, a], [, b]) => a - b);
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.entries());
  }
}

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffffffff;
