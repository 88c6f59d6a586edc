import { PairMap } from './pair_map.js';

/** Finds which of many tokens a text begins with, UTF-16 unit by unit. A node is a number; nodes have the ids of tokens. */
export class Trie {
  /** The node of the empty text. */
  static readonly root = 0;
  private readonly children = new PairMap();
  private readonly ids: number[] = [-1];

  /** @param entries of the same token twice the last counts */
  constructor(entries: Iterable<readonly [token: string, id: number]>) {
    for (const [token, id] of entries) this.ids[this.insert(token)] = id;
  }

  /** The node after one more unit; -1 if no token goes on so. */
  child(node: number, unit: number): number {
    return this.children.get(node, unit);
  }

  /** The id of the token that ends at the node; -1 if none does. */
  id(node: number): number {
    return this.ids[node]!;
  }

  /** The node of a text; -1 if no token begins so. */
  find(text: string): number {
    let node = Trie.root;
    for (let i = 0; i < text.length && node >= 0; i++) node = this.child(node, text.charCodeAt(i));
    return node;
  }

  private insert(token: string): number {
    let node = Trie.root;
    for (let i = 0; i < token.length; i++) {
      const unit = token.charCodeAt(i);
      let child = this.child(node, unit);
      if (child < 0) {
        child = this.ids.push(-1) - 1;
        this.children.set(node, unit, child);
      }
      node = child;
    }
    return node;
  }
}
