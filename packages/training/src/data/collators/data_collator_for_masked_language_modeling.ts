import { from0, positiveInteger } from '../../checks.js';
import { type Random, randomStream, shuffle } from '../../random.js';
import type { DataCollator } from '../batch.js';
import { IGNORED_LABEL } from '../ignored_label.js';
import { collateFields } from './collate_fields.js';
import { type PaddingIds, tokenPadding } from './data_collator_with_padding.js';
import { countLabels } from './labels.js';
import { type Fields, tokenCount } from './pad_field.js';

export interface MaskedLanguageModelingOptions extends PaddingIds {
  readonly maskTokenId: number;
  /** How many tokens there are, of which random ones stand in for some. */
  readonly vocabSize: number;
  /** Share of the tokens that are to be guessed, 0.15 by default. */
  readonly probability?: number | undefined;
  /** Whether all tokens of a word are to be guessed together; false by default. */
  readonly wholeWords?: boolean | undefined;
  /** Decides, with the examples of a batch, which tokens are to be guessed; 0 by default. */
  readonly seed?: number | undefined;
}

/** A text as token ids. */
export interface MaskableExample {
  readonly inputIds: ArrayLike<number>;
  readonly tokenTypeIds?: ArrayLike<number>;
  /** The word of each token, −1 for tokens that are never to be guessed, as those that the tokenizer added. */
  readonly wordIds: ArrayLike<number>;
}

const NO_FLOATS: ReadonlySet<string> = new Set();

/**
 * Collates texts for masked language models: of each text a share of the tokens, one at least, is to be guessed. Of
 * these 80 % become the mask, 10 % a random token, 10 % stay; `labels` (B, T) have their ids, and −100 elsewhere.
 *
 * What is guessed follows from the seed and what the batch holds, in its order: a training that goes on finds the same
 * masks, an evaluation always, and each epoch others, for it deals batches anew. Batches of one example do not change.
 *
 * @throws RangeError if an option is out of range, or an example has other than one of wordIds a token; as
 *   `dataCollatorWithPadding`.
 * @see Devlin et al. (2019), section 3.1 and appendix A.1, https://arxiv.org/abs/1810.04805; whole words:
 * https://github.com/google-research/bert#new-may-31st-2019-whole-word-masking-models
 */
export function dataCollatorForMaskedLanguageModeling(
  options: MaskedLanguageModelingOptions,
): DataCollator<MaskableExample> {
  const { maskTokenId, vocabSize, probability = 0.15, wholeWords = false, seed = 0 } = options;
  positiveInteger('vocabSize', vocabSize);
  from0('probability', probability, 1);
  const padding = { ...tokenPadding(options), wordIds: -1 };
  const guessed = (random: Random): number | undefined => {
    const draw = random();
    if (draw < 0.8) return maskTokenId;
    return draw < 0.9 ? Math.floor(random() * vocabSize) : undefined;
  };
  return {
    lengths: (example) => [tokenCount(example as object as Fields)],
    collate(examples, [length]) {
      const fields = examples as readonly object[] as readonly Fields[];
      const { inputs, tokens } = collateFields(fields, length!, padding, NO_FLOATS);
      const { wordIds, ...others } = inputs;
      const ids = others.inputIds!.values;
      const labels = new Int32Array(ids.length).fill(IGNORED_LABEL);
      const random = randomStream(seed, hashOf(ids));
      for (let start = 0; start < ids.length; start += length!) {
        const words = wordsOf(wordIds!.values.subarray(start, start + length!), wholeWords);
        for (const place of chosen(words, probability, random)) {
          labels[start + place] = ids[start + place]!;
          ids[start + place] = guessed(random) ?? ids[start + place]!;
        }
      }
      const { shape } = others.inputIds!;
      return { inputs: { ...others, labels: { shape, values: labels } }, items: countLabels(labels), tokens };
    },
  };
}

/** The places of the tokens of each word, or of each token that has a word. */
function wordsOf(wordIds: ArrayLike<number>, wholeWords: boolean): number[][] {
  const words: number[][] = [];
  for (let place = 0; place < wordIds.length; place++) {
    if (wordIds[place]! < 0) continue;
    if (wholeWords && place > 0 && wordIds[place] === wordIds[place - 1]) words.at(-1)!.push(place);
    else words.push([place]);
  }
  return words;
}

/** Places of words in random order, as many as the share allows, and one word at least. */
function chosen(words: number[][], probability: number, random: Random): number[] {
  const count = words.reduce((sum, { length }) => sum + length, 0);
  const limit = Math.max(1, Math.round(count * probability));
  const places: number[] = [];
  for (const word of shuffle(words, random)) {
    if (places.length === 0 || places.length + word.length <= limit) places.push(...word);
    if (places.length >= limit) break;
  }
  return places;
}

/** FNV-1a over the ids. */
function hashOf(ids: ArrayLike<number>): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < ids.length; at++) hash = Math.imul(hash ^ ids[at]!, 0x01000193);
  return hash;
}
