import type { TranslationPipeline } from '@chui/models';
import type { Pair } from '../data/pair.js';
import { bleu } from '../metrics/bleu.js';
import { exactMatch } from '../metrics/exact_match.js';
import { lengthGroups } from '../metrics/length_groups.js';

/** How near texts come to their references. */
export interface TextScore {
  /** Share of texts that come out exactly as the reference. */
  readonly exactMatch: number;
  /** Corpus BLEU over tokens as they stand, separated by spaces. */
  readonly bleuTokens: number;
  /** Corpus BLEU over characters of the texts without spaces. */
  readonly bleuCharacters: number;
}

/** The score of the texts whose sources have from `from` to `to` tokens. */
export interface LengthScore extends TextScore {
  readonly from: number;
  readonly to: number;
  /** Number of these texts. */
  readonly count: number;
}

/** How well a translator does on texts that it never saw. */
export interface TranslationScore extends TextScore {
  /**
   * The scores by the length of the source in tokens of the source tokenizer, begin and end not counted. Groups have a
   * tenth of the texts at least, and are the same for every translator with that tokenizer.
   */
  readonly byLength: readonly LengthScore[];
  readonly outputs: readonly string[];
}

/**
 * Translates the sources and compares with the targets.
 *
 * @throws RangeError if there is no pair.
 */
export async function scoreTranslator(
  pipeline: Pick<TranslationPipeline, 'sourceTokenizer' | 'translate'>,
  pairs: readonly Pair[],
  options: { numBeams?: number; lengthPenalty?: number; signal?: AbortSignal } = {},
): Promise<TranslationScore> {
  const sources = pairs.map(({ source }) => source);
  const references = pairs.map(({ target }) => target);
  const outputs = (await pipeline.translate(sources, options)).map(({ text }) => text);
  const lengths = sources.map(
    (source) => pipeline.sourceTokenizer.encode(source, { addSpecialTokens: false }).ids.length,
  );
  const byLength = lengthGroups(lengths).map(({ from, to, indices }) => {
    const ofGroup = (texts: readonly string[]) => indices.map((index) => texts[index]!);
    return { from, to, count: indices.length, ...scoreTexts(ofGroup(outputs), ofGroup(references)) };
  });
  return { ...scoreTexts(outputs, references), byLength, outputs };
}

function scoreTexts(outputs: readonly string[], references: readonly string[]): TextScore {
  const joined = (texts: readonly string[]) => texts.map((text) => text.replaceAll(' ', ''));
  return {
    exactMatch: exactMatch(outputs, references),
    bleuTokens: bleu(outputs, references, { tokenize: 'none' }).score,
    bleuCharacters: bleu(joined(outputs), joined(references), { tokenize: 'char' }).score,
  };
}
