/** How often trainings and examples are drawn anew. */
const DRAWS = 2000;

/** Of an example: what was found that is right, what was found, and what there is. Of a class these are 1 or 0, 1 and 1. */
export type Counts = readonly [right: number, found: number, there: number];

/** 2 · right / (found + there) over all examples: micro-averaged F1, and accuracy where each example has one class. */
export function scoreOfCounts(counts: readonly Counts[]): number {
  let [right, all] = [0, 0];
  for (const [hits, found, there] of counts) {
    right += hits;
    all += found + there;
  }
  return all === 0 ? 0 : (2 * right) / all;
}

/**
 * The 95 % interval of the difference of two sides' scores, the mean over their trainings, over examples and trainings that are
 * drawn anew. A draw has the same examples in all of its trainings, and both sides of a training.
 *
 * @param runs for each training what the sides made of each example, in the same order
 * @see Efron and Tibshirani (1993), chapter 13
 */
export function bootstrapDifference(
  runs: readonly (readonly [readonly Counts[], readonly Counts[]])[],
  seed = 1,
): [low: number, high: number] {
  const count = runs[0]![0].length;
  let state = seed;
  const below = (limit: number) => {
    // The linear congruential generator of Numerical Recipes.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const differences = Array.from({ length: DRAWS }, () => {
    const examples = Array.from({ length: count }, () => below(count));
    const score = (side: readonly Counts[]) => scoreOfCounts(examples.map((place) => side[place]!));
    const drawn = runs.map(() => runs[below(runs.length)]!);
    const scores = new Map(drawn.map((run) => [run, score(run[0]) - score(run[1])]));
    return drawn.reduce((sum, run) => sum + scores.get(run)!, 0) / runs.length;
  }).sort((a, b) => a - b);
  return [differences[Math.floor(DRAWS * 0.025)]!, differences[Math.ceil(DRAWS * 0.975) - 1]!];
}
