import type { JsonNode } from '../json/json_node.js';

/** Tokens and their ids, both ways; ids are unique and may have holes. */
export class Vocabulary {
  private readonly tokens = new Map<number, string>();
  private readonly ids: Map<string, number>;

  constructor(entries: Iterable<[token: string, id: number]>) {
    this.ids = new Map(entries);
    for (const [token, id] of this.ids) this.tokens.set(id, token);
  }

  /** @throws Error if an id is no id, or belongs to two tokens */
  static fromJSON(json: JsonNode): Vocabulary {
    const owners = new Map<number, string>();
    for (const [token, node] of json.entries()) {
      const id = node.integer();
      const owner = owners.get(id);
      if (owner !== undefined)
        throw node.error(`must be an id of its own, not that of ${JSON.stringify(owner)}`);
      owners.set(id, token);
    }
    return new Vocabulary([...owners].map(([id, token]) => [token, id]));
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

  /** By rising id. */
  entries(): [token: string, id: number][] {
    return [...this.ids].sort(([, a], [, b]) => a - b);
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.entries());
  }
}
