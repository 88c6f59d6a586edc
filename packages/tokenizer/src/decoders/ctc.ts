import type { JsonNode } from '../json/json_node.js';
import { literalPattern } from '../text/pattern.js';
import { cleanUp } from './clean_up.js';
import type { Decoder } from './decoder.js';

/**
 * Reads what a model of speech says at each moment: the same token several times in a row counts once, and padding, which
 * stands between equal tokens that are meant, is left out.
 *
 * @see Graves et al. (2006), https://www.cs.toronto.edu/~graves/icml_2006.pdf
 */
export class CtcDecoder implements Decoder {
  private readonly pads: RegExp;
  private readonly wordDelimiters: RegExp;

  /** @param cleanup makes the delimiter of words a space, and takes spaces before punctuation away */
  constructor(
    private readonly padToken: string,
    private readonly wordDelimiterToken: string,
    private readonly cleanup: boolean,
  ) {
    this.pads = literalPattern(padToken);
    this.wordDelimiters = literalPattern(wordDelimiterToken);
  }

  static fromJSON(json: JsonNode): CtcDecoder {
    return new CtcDecoder(
      json.get('pad_token').string(),
      json.get('word_delimiter_token').string(),
      json.get('cleanup').boolean(),
    );
  }

  decode(tokens: string[]): string[] {
    return tokens
      .filter((token, i) => token !== tokens[i - 1])
      .map((token) => this.read(token))
      .filter((token) => token !== '');
  }

  private read(token: string): string {
    const said = token.replace(this.pads, '');
    return this.cleanup ? cleanUp(said).replace(this.wordDelimiters, ' ') : said;
  }

  toJSON(): object {
    const { padToken, wordDelimiterToken, cleanup } = this;
    return { type: 'CTC', pad_token: padToken, word_delimiter_token: wordDelimiterToken, cleanup };
  }
}
