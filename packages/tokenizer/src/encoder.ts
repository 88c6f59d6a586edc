import type { AddedVocabulary } from './added_vocabulary.js';
import { type EncodeOptions, resolveTruncation } from './encode_options.js';
import { Encoding } from './encoding.js';
import type { Token } from './models/model.js';
import type { Offsets } from './text/normalized_string.js';
import type { TextOrWords } from './text_inputs.js';
import type { TokenizerParts } from './tokenizer_parts.js';
import { truncate } from './truncation.js';

/** Words whose tokens are remembered, and UTF-16 units of the longest of them. */
const [mostKnownWords, longestKnownWord] = [20_000, 64];

/**
 * The way from text to tokens: added tokens are taken out of the text; the rest is normalized, split into words, and turned
 * into tokens by the model; what is too long is cut, and a template puts special tokens around.
 */
export class Encoder {
  private readonly words = new Map<string, readonly Token[]>();

  constructor(
    private readonly parts: TokenizerParts,
    private readonly added: AddedVocabulary,
  ) {}

  /** A text, or a pair of texts, as tokens, cut but not padded. */
  encode(texts: readonly TextOrWords[], options: EncodeOptions): Encoding {
    const { addSpecialTokens = true } = options;
    const whole = texts.map((text, i) => this.encodeText(text, i, options));
    const [first, second] = this.truncate(whole, addSpecialTokens, options) as [Encoding, Encoding?];
    const process = (...encodings: Encoding[]) =>
      this.parts.postProcessor?.process(encodings, addSpecialTokens) ?? encodings;
    const overflowing = windows(first, second).map((window) => Encoding.concat(process(...window)));
    return Encoding.concat(process(...(second ? [first, second] : [first])), overflowing);
  }

  private encodeText(text: TextOrWords, sequence: number, options: EncodeOptions): Encoding {
    const { splitSpecialTokens = false, isSplitIntoWords = false } = options;
    if ((typeof text === 'string') === isSplitIntoWords)
      throw new TypeError('a text must be a list of words if isSplitIntoWords is true, else a string');
    const { preTokenizer } = this.parts;
    const ids: number[] = [];
    const tokens: string[] = [];
    const places: Offsets[] = [];
    const wordIds: number[] = [];
    let word = 0;
    const add = (id: number, token: string, offsets: Offsets) => {
      ids.push(id);
      tokens.push(token);
      places.push(offsets);
      wordIds.push(word);
    };
    for (const input of typeof text === 'string' ? [text] : text) {
      for (const piece of this.added.extract(input, splitSpecialTokens)) {
        if (piece.id !== undefined) {
          add(piece.id, piece.text.text, piece.text.originalOffsets());
          if (!isSplitIntoWords) word++;
          continue;
        }
        for (const part of preTokenizer?.preTokenize(piece.text) ?? [piece.text]) {
          for (const token of this.tokensOf(part.text)) {
            add(token.id, token.text, part.originalOffsets(token.start, token.end));
          }
          if (!isSplitIntoWords) word++;
        }
      }
      if (isSplitIntoWords) word++;
    }
    const all = (value: number) => new Array<number>(ids.length).fill(value);
    return new Encoding({
      ids,
      tokens,
      typeIds: all(sequence),
      attentionMask: all(1),
      specialTokensMask: all(0),
      offsets: places,
      wordIds,
      sequenceIds: all(sequence),
    });
  }

  /** The tokens of a word, which are remembered: few words make most of a text. */
  private tokensOf(word: string): readonly Token[] {
    const { model } = this.parts;
    const known = this.words.get(word);
    if (known) return known;
    const tokens = model.tokenize(word);
    if (model.isRandom || word.length > longestKnownWord) return tokens;
    if (this.words.size === mostKnownWords) this.words.clear();
    this.words.set(word, tokens);
    return tokens;
  }

  private truncate(encodings: Encoding[], addSpecialTokens: boolean, options: EncodeOptions): Encoding[] {
    const truncation = resolveTruncation(options, this.parts);
    if (!truncation) return encodings;
    const added = (addSpecialTokens && this.parts.postProcessor?.addedTokens(encodings.length > 1)) || 0;
    if (truncation.maxLength < added) {
      throw new RangeError(`maxLength must hold the ${added} special tokens, but is ${truncation.maxLength}`);
    }
    return truncate(encodings, { ...truncation, maxLength: truncation.maxLength - added });
  }
}

/** The windows of what overflowed, each with every window of the other text: those of the text first. */
function windows(first: Encoding, second: Encoding | undefined): Encoding[][] {
  if (!second) return first.overflowing.map((window) => [window]);
  const both = [second, ...second.overflowing];
  return [
    ...first.overflowing.flatMap((window) => both.map((other) => [window, other])),
    ...second.overflowing.map((other) => [first, other]),
  ];
}
