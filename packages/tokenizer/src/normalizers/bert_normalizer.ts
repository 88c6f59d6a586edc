import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { Lowercase } from './lowercase.js';
import type { Normalizer } from './normalizer.js';
import { Unicode } from './unicode.js';

export interface BertNormalizerOptions {
  /** Takes control characters away and makes white space spaces. */
  cleanText: boolean;
  /** Puts spaces around Chinese characters. */
  handleChineseChars: boolean;
  /** Takes marks without a width away, those of decomposed letters too; if null, as `lowercase` says. */
  stripAccents: boolean | null;
  lowercase: boolean;
}

const ascii = /^[\t\n\r -~]*$/;
const lineBreaks = /[\t\n\r]/g;
/** What is taken away: other than the reference's property Other, no unassigned characters. */
const control = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/u;
const chinese =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;
/** Marks that stay, but that others may change places with; some are parts of musical notes. */
export const movableMarks =
  /[\u1715\u1734\u1b44\u1baa\u1bf2\u1bf3\u302e\u302f\ua953\ua9c0\u{111c0}\u{11235}\u{1134d}\u{113cf}\u{116b6}\u{1193d}\u{11f41}\u{16ff0}\u{16ff1}\u{1d15e}-\u{1d166}\u{1d16d}-\u{1d172}\u{1d1bb}-\u{1d1c0}]/u;

/**
 * What BERT does to a text before it splits it: cleans it, puts spaces around Chinese characters, takes accents away and
 * lowercases it.
 *
 * @see Devlin et al. (2019), https://arxiv.org/abs/1810.04805, and BertNormalizer of Hugging Face's library
 */
export class BertNormalizer implements Normalizer {
  private readonly stripsAccents: boolean;
  /** What becomes of a character that is not ASCII, as far as it was asked for. */
  private readonly known = new Map<number, string>();

  constructor(private readonly options: BertNormalizerOptions) {
    this.stripsAccents = options.stripAccents ?? options.lowercase;
  }

  static fromJSON(json: JsonNode): BertNormalizer {
    const stripAccents = json.get('strip_accents');
    return new BertNormalizer({
      cleanText: json.get('clean_text').boolean(),
      handleChineseChars: json.get('handle_chinese_chars').boolean(),
      stripAccents: stripAccents.isNull ? null : stripAccents.boolean(),
      lowercase: json.get('lowercase').boolean(),
    });
  }

  normalize(text: NormalizedString): NormalizedString {
    const { text: old } = text;
    if (ascii.test(old)) return text.replace(this.ofAscii(old));
    if (this.stripsAccents && movableMarks.test(old)) return this.inSteps(text);
    let made = '';
    let done = 0; // units that are in `made`
    const changes: Change[] = [];
    for (let i = 0; i < old.length; i++) {
      const unit = old.charCodeAt(i);
      if (unit < 0x7f && (unit >= 0x20 || unit === 0x0a)) continue;
      made += this.ofAscii(old.slice(done, i));
      const code = old.codePointAt(i)!;
      const length = code > 0xffff ? 2 : 1;
      const becomes = this.ofCharacter(code);
      if (becomes.length !== length)
        changes.push({ at: made.length, becomes: becomes.length, from: i, length });
      made += becomes;
      done = i + length;
      if (length === 2) i++;
    }
    made += this.ofAscii(old.slice(done));
    return changes.length === 0 ? text.replace(made) : text.rewrite(made, sourcesOf(changes, made.length));
  }

  toJSON(): object {
    const { cleanText, handleChineseChars, stripAccents, lowercase } = this.options;
    return {
      type: 'BertNormalizer',
      clean_text: cleanText,
      handle_chinese_chars: handleChineseChars,
      strip_accents: stripAccents,
      lowercase,
    };
  }

  /** Of ASCII without control characters but white space. */
  private ofAscii(text: string): string {
    const spaced = this.options.cleanText ? text.replace(lineBreaks, ' ') : text;
    return this.options.lowercase ? spaced.toLowerCase() : spaced;
  }

  private ofCharacter(code: number): string {
    let found = this.known.get(code);
    if (found === undefined) {
      found = this.change(String.fromCodePoint(code));
      this.known.set(code, found);
    }
    return found;
  }

  private change(character: string): string {
    const cleaned = this.clean(character);
    const spaced = this.options.handleChineseChars && chinese.test(cleaned) ? ` ${cleaned} ` : cleaned;
    const stripped = this.stripsAccents ? spaced.normalize('NFD').replace(/\p{Mn}/gu, '') : spaced;
    return this.options.lowercase ? lower(stripped) : stripped;
  }

  private clean(character: string): string {
    if (!this.options.cleanText) return character;
    if (/\p{White_Space}/u.test(character) && !control.test(character)) return ' ';
    return character === '\0' || control.test(character) ? '' : character;
  }

  /** The same, where marks may have to change places. */
  private inSteps(text: NormalizedString): NormalizedString {
    const { lowercase } = this.options;
    const before = new BertNormalizer({ ...this.options, stripAccents: false, lowercase: false });
    const decomposed = new Unicode('NFD').normalize(before.normalize(text));
    const stripped = decomposed.filter((character) => !/\p{Mn}/u.test(character));
    return lowercase ? new Lowercase().normalize(stripped) : stripped;
  }
}

/** A character whose place is taken by another number of units. */
interface Change {
  /** Index of the new text, and units there. */
  at: number;
  becomes: number;
  /** Index of the old text, and units there. */
  from: number;
  length: number;
}

/** The old character of each new unit, all others having theirs one by one. */
function sourcesOf(changes: readonly Change[], count: number): Uint32Array {
  const sources = new Uint32Array(count);
  let [at, from] = [0, 0];
  const copy = (end: number) => {
    while (at < end) sources[at++] = from++;
  };
  for (const change of changes) {
    copy(change.at);
    sources.fill(change.from, at, at + change.becomes);
    at += change.becomes;
    from = change.from + change.length;
  }
  copy(count);
  return sources;
}

const lower = (text: string) => Array.from(text, (character) => character.toLowerCase()).join('');
