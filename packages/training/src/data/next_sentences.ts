import { randomStream } from '../random.js';

export interface NextSentencesOptions {
  /** Share of the pairs whose second text follows the first, 0.5 by default. */
  readonly share?: number | undefined;
  /** Decides which, and what stands in for the others; 0 by default. */
  readonly seed?: number | undefined;
}

/** Two texts, and whether the second follows the first. */
export interface SentencePair<T = string> {
  readonly first: T;
  readonly second: T;
  /** 0 if it follows, 1 if it is of another document, as the models have it. */
  readonly label: 0 | 1;
}

/**
 * Pairs of sentences for next-sentence prediction: each sentence but a document's last, with the one that follows or one
 * of another document. Encode with `encodeTexts`.
 *
 * @param documents sentences in their order, as texts or as whatever stands for them
 * @throws RangeError if there are not two documents that have a sentence.
 * @see Devlin et al. (2019), section 3.1, https://arxiv.org/abs/1810.04805
 */
export function nextSentences<T = string>(
  documents: readonly (readonly T[])[],
  { share = 0.5, seed = 0 }: NextSentencesOptions = {},
): SentencePair<T>[] {
  const full = documents.filter(({ length }) => length > 0);
  if (full.length < 2) throw new RangeError(`documents must be two at least, but are ${full.length}`);
  const random = randomStream(seed);
  const below = (count: number) => Math.floor(random() * count);
  return full.flatMap((sentences, index) =>
    sentences.slice(0, -1).map((first, place): SentencePair<T> => {
      if (random() < share) return { first, second: sentences[place + 1]!, label: 0 };
      const other = full[(index + 1 + below(full.length - 1)) % full.length]!;
      return { first, second: other[below(other.length)]!, label: 1 };
    }),
  );
}
