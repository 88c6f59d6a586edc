/** Longer arrays are not kept for the next text. */
const longestKept = 1 << 16;

/** For each place in a text the best last piece of what ends there. Its arrays serve one text after another. */
export class UnigramPath {
  /** Where the piece begins; -1 if nothing ends there. */
  starts = new Int32Array(0);
  ids = new Int32Array(0);
  private scores = new Float64Array(0);

  /** @param singlePrecision adds scores in 32 bits */
  constructor(private readonly singlePrecision: boolean) {}

  reset(length: number): void {
    if (this.starts.length <= length || this.starts.length > longestKept) {
      const size = 2 * length + 1;
      this.starts = new Int32Array(size);
      this.ids = new Int32Array(size);
      this.scores = new Float64Array(size);
    }
    this.starts.fill(-1, 0, length + 1);
    this.scores[0] = 0;
  }

  /** Takes a piece that follows the best path to its start, if that is better than what ends there. */
  offer(start: number, end: number, id: number, score: number): boolean {
    const sum = this.scores[start]! + score;
    const total = this.singlePrecision ? Math.fround(sum) : sum;
    if (this.starts[end] !== -1 && total <= this.scores[end]!) return false;
    this.starts[end] = start;
    this.ids[end] = id;
    this.scores[end] = total;
    return true;
  }
}
