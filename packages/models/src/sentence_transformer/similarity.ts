/** A measure of how alike embeddings are, larger being more alike; distances are negative. */
export type SimilarityName = keyof typeof measures;

type Vector = Float32Array;

function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const lengthOf = (a: Vector): number => Math.max(Math.sqrt(dot(a, a)), 1e-12);

const measures = {
  cosine: (a: Vector, b: Vector) => dot(a, b) / (lengthOf(a) * lengthOf(b)),
  dot,
  euclidean: (a: Vector, b: Vector) => -Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0)),
  manhattan: (a: Vector, b: Vector) => -a.reduce((sum, x, i) => sum + Math.abs(x - b[i]!), 0),
} as const;

/** @throws RangeError unless it is a measure. */
export function checkSimilarity(source: string, name: string): void {
  if (Object.hasOwn(measures, name)) return;
  throw new RangeError(
    `${source} must be one of ${Object.keys(measures).join(', ')}, but is ${JSON.stringify(name)}`,
  );
}

/**
 * How alike two embeddings are.
 *
 * @throws RangeError if they differ in length.
 */
export function similarityOf(name: SimilarityName, a: Vector, b: Vector): number {
  if (a.length !== b.length)
    throw new RangeError(`embeddings must be of equal length, but have ${a.length} and ${b.length}`);
  return measures[name](a, b);
}
