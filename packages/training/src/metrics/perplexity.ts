/** Numbers of a row or of rows: lists, or what tensors give. */
type Numbers = ArrayLike<number>;

export interface PerplexityOptions {
  /** Whether the logits at a place predict the label at the next one, as those of GPT do; true by default. */
  readonly causal?: boolean | undefined;
  /** Labels that do not count, -100 by default. */
  readonly ignoreIndex?: number | undefined;
}

export interface Perplexity {
  /** Labels that count. */
  readonly tokens: number;
  /** The mean of -ln p over them. */
  readonly meanNll: number;
  /** e to the power of it. */
  readonly perplexity: number;
  /** The same in bits, log₂ of the perplexity. */
  readonly bitsPerToken: number;
}

/**
 * Perplexity of labels under logits: exp of the mean of -ln softmax(logits)[label] over the labels that count, those of all
 * rows together.
 *
 * @param logits (B, T, V)
 * @param labels (B, T)
 * @throws RangeError if rows, places or labels do not fit, or no label counts
 */
export function perplexity(
  logits: ArrayLike<ArrayLike<Numbers>>,
  labels: ArrayLike<Numbers>,
  { causal = true, ignoreIndex = -100 }: PerplexityOptions = {},
): Perplexity {
  if (labels.length !== logits.length)
    throw new RangeError(`labels must be as many rows as logits, ${logits.length}, but are ${labels.length}`);
  const shift = causal ? 1 : 0;
  let [tokens, sum] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const [ofRow, places] = [labels[row]!, logits[row]!];
    if (ofRow.length !== places.length)
      throw new RangeError(
        `labels[${row}] must have ${places.length} labels, as logits[${row}], but has ${ofRow.length}`,
      );
    for (let i = shift; i < ofRow.length; i++) {
      const label = ofRow[i]!;
      if (label === ignoreIndex) continue;
      const scores = places[i - shift]!;
      if (!(Number.isInteger(label) && label >= 0 && label < scores.length))
        throw new RangeError(`labels[${row}][${i}] must be from 0 to ${scores.length - 1}, but is ${label}`);
      sum += logSumExp(scores) - scores[label]!;
      tokens++;
    }
  }
  if (tokens === 0) throw new RangeError('labels must have one that counts, but have none');
  const meanNll = sum / tokens;
  return { tokens, meanNll, perplexity: Math.exp(meanNll), bitsPerToken: meanNll / Math.LN2 };
}

function logSumExp(values: Numbers): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]!);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - largest);
  return largest + Math.log(sum);
}
