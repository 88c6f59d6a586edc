import { Trie } from '../models/trie.js';
import { BestFirst } from './best_first.js';

/** The id of characters that no piece has. */
const unknownId = 0;

/** What a lattice knows of pieces; they may change between texts. */
export interface LatticePieces {
  /** Finds pieces by their text. */
  trie: Trie;
  /** Whether a piece of the trie still counts, by its id. */
  isKept: Uint8Array;
  scores: Float64Array;
  unknownScore: number;
}

/** All ways to take a text apart into pieces. Its arrays serve one text after another. */
export class PieceLattice {
  private length = 0;
  /** Pieces in the text, by their start, then by their length; -1 for the end of the text. */
  private size = 0;
  private ids = new Int32Array(0);
  private starts = new Int32Array(0);
  private ends = new Int32Array(0);
  private scores = new Float64Array(0);
  /** The score of the best way up to and with each piece, */
  private best = new Float64Array(0);
  /** the piece before on it, */
  private previous = new Int32Array(0);
  /** and the next one that ends at the same place; -1 if there is none. */
  private sibling = new Int32Array(0);
  /** For each place the first and the last piece that ends there; -1 if none does. */
  private firstEnding = new Int32Array(0);
  private lastEnding = new Int32Array(0);
  private forward = new Float64Array(0);
  private backward = new Float64Array(0);

  constructor(private readonly pieces: LatticePieces) {}

  /** Finds the pieces of a text. */
  fill(text: string): void {
    const { trie, isKept, scores, unknownScore } = this.pieces;
    this.reset(text.length);
    for (let start = 0; start < text.length; ) {
      const next = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
      let isKnown = false;
      let node = Trie.root;
      for (let end = start + 1; end <= text.length; end++) {
        node = trie.child(node, text.charCodeAt(end - 1));
        if (node < 0) break;
        const id = trie.id(node);
        if (id < 0 || isKept[id] === 0) continue;
        this.add(id, start, end, scores[id]!);
        if (end === next) isKnown = true;
      }
      if (!isKnown) this.add(unknownId, start, next, unknownScore);
      start = next;
    }
  }

  /** Adds to `expected`, by ids, how often each piece is there over all ways, each as likely as it is. */
  addExpected(count: number, expected: Float64Array): void {
    const { length, size, ids, starts, ends, scores, forward, backward } = this;
    this.sumForward();
    this.sumBackward();
    const all = forward[length]!;
    for (let i = 0; i < size; i++) {
      const score = forward[starts[i]!]! + scores[i]! + backward[ends[i]!]! - all;
      expected[ids[i]!]! += count * Math.exp(score);
    }
  }

  /** The ids of the best way, last first. */
  bestPath(): number[] {
    const path: number[] = [];
    for (let piece = this.findBest(); piece >= 0; piece = this.previous[piece]!) path.push(this.ids[piece]!);
    return path;
  }

  /** The ids of the two best ways, the best one first; there may be one only. */
  twoBestPaths(): number[][] {
    this.findBest();
    const queue = new BestFirst<Way>();
    const paths: number[][] = [];
    queue.push({ piece: -1, start: this.length, score: 0, next: undefined }, 0);
    for (let way = queue.pop(); way; way = queue.pop()) {
      if (way.piece >= 0 && way.start === 0) {
        // the reference has a last step to the start of the text, at the score of the way itself
        queue.push({ piece: -1, start: -1, score: way.score, next: way }, way.score);
      } else if (way.start < 0) {
        if (paths.push(this.idsOf(way.next)) === 2) return paths;
      } else {
        for (let piece = this.firstEnding[way.start]!; piece >= 0; piece = this.sibling[piece]!) {
          const start = this.starts[piece]!;
          const score = this.scores[piece]! + way.score;
          queue.push({ piece, start, score, next: way }, this.best[piece]! + way.score);
        }
      }
    }
    return paths;
  }

  private idsOf(way: Way | undefined): number[] {
    const ids: number[] = [];
    for (let at = way; at && at.piece >= 0; at = at.next) ids.push(this.ids[at.piece]!);
    return ids;
  }

  /** Fills `best` and `previous`, and gives the last piece of the best way. */
  private findBest(): number {
    for (let piece = 0; piece < this.size; piece++) {
      const score = this.scores[piece]!;
      const before = this.bestBefore(this.starts[piece]!, score);
      this.previous[piece] = before;
      this.best[piece] = (before < 0 ? 0 : this.best[before]!) + score;
    }
    return this.bestBefore(this.length, 0);
  }

  /** The piece before `start` that gives the highest sum with a score, of equals the first; -1 if none is before. */
  private bestBefore(start: number, score: number): number {
    if (start === 0) return -1;
    let found = this.firstEnding[start]!;
    let highest = this.best[found]! + score;
    for (let piece = this.sibling[found]!; piece >= 0; piece = this.sibling[piece]!) {
      const sum = this.best[piece]! + score;
      if (sum <= highest) continue;
      found = piece;
      highest = sum;
    }
    return found;
  }

  /** For each place the logarithm of how likely all ways up to it are, */
  private sumForward(): void {
    const { length, forward, firstEnding, sibling, scores, starts } = this;
    forward[0] = 0;
    for (let place = 1; place <= length; place++) {
      const first = firstEnding[place]!;
      if (first < 0) continue;
      let sum = scores[first]! + forward[starts[first]!]!;
      for (let piece = sibling[first]!; piece >= 0; piece = sibling[piece]!)
        sum = addLogs(sum, scores[piece]! + forward[starts[piece]!]!);
      forward[place] = sum;
    }
  }

  /** and from it on. */
  private sumBackward(): void {
    const { length, backward, scores, starts, ends } = this;
    backward[length] = 0;
    for (let last = this.size - 1; last >= 0; ) {
      let first = last;
      while (first > 0 && starts[first - 1] === starts[last]) first--;
      let sum = scores[first]! + backward[ends[first]!]!;
      for (let piece = first + 1; piece <= last; piece++)
        sum = addLogs(sum, scores[piece]! + backward[ends[piece]!]!);
      backward[starts[first]!] = sum;
      last = first - 1;
    }
  }

  private add(id: number, start: number, end: number, score: number): void {
    if (this.size === this.ids.length) this.grow();
    const piece = this.size++;
    this.ids[piece] = id;
    this.starts[piece] = start;
    this.ends[piece] = end;
    this.scores[piece] = score;
    this.sibling[piece] = -1;
    if (this.firstEnding[end] === -1) this.firstEnding[end] = piece;
    else this.sibling[this.lastEnding[end]!] = piece;
    this.lastEnding[end] = piece;
  }

  private reset(length: number): void {
    this.length = length;
    this.size = 0;
    if (this.firstEnding.length <= length) {
      const size = 2 * length + 16;
      this.firstEnding = new Int32Array(size);
      this.lastEnding = new Int32Array(size);
      this.forward = new Float64Array(size);
      this.backward = new Float64Array(size);
    }
    this.firstEnding.fill(-1, 0, length + 1);
  }

  private grow(): void {
    const size = 2 * this.size + 64;
    const longer = <A extends Int32Array | Float64Array>(array: A, copy: A): A => {
      copy.set(array);
      return copy;
    };
    this.ids = longer(this.ids, new Int32Array(size));
    this.starts = longer(this.starts, new Int32Array(size));
    this.ends = longer(this.ends, new Int32Array(size));
    this.sibling = longer(this.sibling, new Int32Array(size));
    this.previous = longer(this.previous, new Int32Array(size));
    this.scores = longer(this.scores, new Float64Array(size));
    this.best = longer(this.best, new Float64Array(size));
  }
}

/** The end of a way through the text. */
interface Way {
  /** Its first piece; -1 for the end of the text, and at the start of it. */
  piece: number;
  /** Where that begins; -1 once it is known that nothing comes before. */
  start: number;
  /** Of its pieces together. */
  score: number;
  next: Way | undefined;
}

/** log(exp(a) + exp(b)). */
function addLogs(a: number, b: number): number {
  const [less, more] = a > b ? [b, a] : [a, b];
  return more > less + 50 ? more : more + Math.log(Math.exp(less - more) + 1);
}
