import type { JsonNode } from '../json/json_node.js';
import {
  hasWordSegmenter,
  type WordSegmenter,
  wordSegmenterOf,
  wordSegmenterRule,
} from '../segmenters/word_segmenter.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/**
 * Splits texts of languages without spaces between words: by the JavaScript engine (`intl`, if not given), by character
 * (`characters`), by kuromoji, or by what was registered. White space is left out.
 *
 * Hugging Face's library has no such component, so it does not load a tokenizer.json with it.
 */
export class WordSegmentation implements PreTokenizer {
  private readonly segment: WordSegmenter;

  /** @throws Error if there is no segmenter of this name */
  constructor(private readonly segmenter: string) {
    this.segment = wordSegmenterOf(segmenter);
  }

  static fromJSON(json: JsonNode): WordSegmentation {
    const segmenter = json.get('segmenter');
    const name = segmenter.isNull ? 'intl' : segmenter.string();
    if (!hasWordSegmenter(name)) throw segmenter.error(wordSegmenterRule(name));
    return new WordSegmentation(name);
  }

  /** @throws Error if a segmenter gives a word that does not follow in the text */
  preTokenize(text: NormalizedString): NormalizedString[] {
    const words: NormalizedString[] = [];
    let done = 0;
    for (const word of this.segment(text.text)) {
      const start = text.text.indexOf(word, done);
      if (start < 0) {
        throw new Error(`segmenter ${this.segmenter} must give words of the text, but gave ${word}`);
      }
      done = start + word.length;
      if (/\P{White_Space}/u.test(word)) words.push(text.slice(start, done));
    }
    return words;
  }

  toJSON(): object {
    return { type: 'WordSegmentation', segmenter: this.segmenter };
  }
}
