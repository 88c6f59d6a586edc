import { caseVariants, posixClass, propertyClass, shorthandClass, wordClass } from './regex_classes.js';

/** The text as a regular expression that matches it alone, with the flag `u` or `v`. */
export const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/**
 * Turns a regular expression of Oniguruma (in Ruby's syntax), which tokenizer.json files are written in, into one of
 * JavaScript with the flag `v` that matches the same. Groups capture nothing.
 *
 * @throws Error that names the construct, if it is damaged or JavaScript has nothing for it
 */
export function translateRegex(source: string): string {
  return new Translator(source).translate();
}

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
}

/** `\w` outside brackets; there, and only there, Oniguruma counts these six digits and fractions in. */
const word = `[${wordClass}²³¹¼-¾]`;

/** What a backslash and a letter stand for outside brackets. */
const escapes: Record<string, string> = {
  A: '^',
  z: '$',
  Z: '(?=\\n?$)',
  b: `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  B: `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
  w: word,
  W: `[^${word}]`,
  R: '(?:\\r\\n|[\\n\\v\\f\\r\\u0085\\u2028\\u2029])',
};

const controls: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };

class Translator {
  private position = 0;
  private atomics = 0;

  constructor(private readonly source: string) {}

  translate(): string {
    const translated = this.alternatives({ ignoreCase: false, dotAll: false });
    if (this.position < this.source.length) throw this.error('has a ) too many');
    return translated;
  }

  /** Translates up to the end of the group, or of the whole. */
  private alternatives(flags: Flags): string {
    let translated = '';
    while (this.position < this.source.length && this.peek() !== ')') {
      if (this.take('|')) {
        translated += '|';
      } else {
        translated += this.quantified(flags);
      }
    }
    return translated;
  }

  private quantified(flags: Flags): string {
    let atom = this.atom(flags);
    for (;;) {
      const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})/.exec(
        this.source.slice(this.position, this.position + 30),
      )?.[0];
      if (!quantifier) return atom;
      this.position += quantifier.length;
      atom = `(?:${atom})${quantifier.replace('{,', '{0,')}`;
      if (this.take('?')) atom += '?';
      else if (quantifier.length === 1 && this.take('+')) atom = this.atomic(atom);
    }
  }

  private atom(flags: Flags): string {
    const character = this.next();
    switch (character) {
      case '.':
        return flags.dotAll ? '[^]' : '[^\\n]';
      case '^':
        return '(?:^|(?<=\\n)(?!$))';
      case '$':
        return '(?=\\n|$)';
      case '[':
        return this.characterClass(flags);
      case '(':
        return this.group(flags);
      case '\\':
        return this.escape(flags);
      case '*':
      case '+':
      case '?':
        throw this.error(`has nothing before the ${character} at character ${this.position - 1}`);
      default:
        return this.literal(character.codePointAt(0)!, flags);
    }
  }

  private group(flags: Flags): string {
    if (!this.take('?')) return this.rest('(?:', flags);
    for (const opening of [':', '=', '!', '<=', '<!']) {
      if (this.take(opening)) return this.rest(`(?${opening}`, flags);
    }
    if (this.take('>')) return this.atomic(this.rest('(?:', flags));
    if (this.take('#')) {
      while (this.next() !== ')');
      return '';
    }
    const name = /^<[^>=!]+>/.exec(this.source.slice(this.position));
    if (name) {
      this.position += name[0].length;
      return this.rest('(?:', flags);
    }
    const options = /^([im]*)(?:-([im]*))?([:)])/.exec(this.source.slice(this.position, this.position + 10));
    if (!options) throw this.error(`has a group (?${this.peek()} that cannot be translated`);
    this.position += options[0].length;
    const on = (flag: string, now: boolean) =>
      (options[1]!.includes(flag) || now) && !options[2]?.includes(flag);
    const inner = { ignoreCase: on('i', flags.ignoreCase), dotAll: on('m', flags.dotAll) };
    return options[3] === ':' ? this.rest('(?:', inner) : `(?:${this.alternatives(inner)})`;
  }

  /** Translates the rest of a group, with its closing parenthesis. */
  private rest(opening: string, flags: Flags): string {
    const body = this.alternatives(flags);
    if (!this.take(')')) throw this.error('lacks a )');
    return `${opening}${body})`;
  }

  /** What matched stays: a look-ahead is not gone back into, and its capture is then taken. */
  private atomic(body: string): string {
    const name = `atomic${this.atomics++}`;
    return `(?=(?<${name}>${body}))\\k<${name}>`;
  }

  private escape(flags: Flags): string {
    const meaning = escapes[this.peek()];
    if (meaning) {
      this.position++;
      return meaning;
    }
    const shorthand = this.shorthand();
    return shorthand ?? this.literal(this.escapedCode(), flags);
  }

  /** A class such as `\s` or `\p{L}`, the backslash being read already; undefined if it is something else. */
  private shorthand(): string | undefined {
    const letter = this.peek();
    if (letter === 'p' || letter === 'P') {
      const property = /^\{(\^?)([^}]*)\}/.exec(this.source.slice(this.position + 1));
      if (!property) throw this.error(`has a damaged \\${letter} at character ${this.position - 1}`);
      const found = propertyClass(property[2]!);
      if (!found) throw this.error(`names the property ${property[2]}, which is not known`);
      this.position += 1 + property[0].length;
      return (letter === 'P') === (property[1] === '^') ? found : `[^${found}]`;
    }
    const found = shorthandClass(letter);
    if (found) this.position++;
    return found;
  }

  /** The character that an escape means, the backslash being read already. */
  private escapedCode(): number {
    const numeric = /^(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4}))/.exec(
      this.source.slice(this.position, this.position + 10),
    );
    if (numeric) {
      this.position += numeric[0].length;
      return Number.parseInt(numeric[1] ?? numeric[2] ?? numeric[3]!, 16);
    }
    const character = this.next();
    if (character === '0' && !/\d/.test(this.peek())) return 0;
    const control = controls[character];
    if (control === undefined && /[0-9a-zA-Z]/.test(character)) {
      throw this.error(`has \\${character}, which cannot be translated`);
    }
    return control ?? character.codePointAt(0)!;
  }

  private literal(code: number, flags: Flags): string {
    const character = String.fromCodePoint(code);
    const variants = flags.ignoreCase ? caseVariants(character) : [character];
    return variants.length > 1 ? `[${variants.map(inClass).join('')}]` : escapeRegex(character);
  }

  /** A class in brackets, the opening one being read already. */
  private characterClass(flags: Flags): string {
    const negation = this.take('^') ? '^' : '';
    const operands: string[] = [];
    let items = '';
    if (this.peek() === ']') items += inClass(this.next());
    while (!this.take(']')) {
      if (this.take('&&')) {
        operands.push(`[${items}]`);
        items = '';
      } else {
        items += this.classItem(flags);
      }
    }
    return operands.length > 0 ? `[${negation}${operands.join('&&')}&&[${items}]]` : `[${negation}${items}]`;
  }

  private classItem(flags: Flags): string {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.source.slice(this.position, this.position + 20));
    if (posix) {
      const found = posixClass(posix[2]!);
      if (!found) throw this.error(`names the class [:${posix[2]}:], which is not known`);
      this.position += posix[0].length;
      return posix[1] ? `[^${found}]` : found;
    }
    if (this.take('[')) return this.characterClass(flags);
    const first = this.classCharacter();
    if (typeof first === 'string') return first;
    const rangeFollows = this.peek() === '-' && !'[]'.includes(this.source[this.position + 1] ?? ']');
    if (!rangeFollows) return this.range(first, first, flags);
    this.position++;
    const last = this.classCharacter();
    return typeof last === 'string'
      ? `${this.range(first, first, flags)}${inClass('-')}${last}`
      : this.range(first, last, flags);
  }

  /** One character of a class as its code, or a class within. */
  private classCharacter(): number | string {
    const character = this.next();
    if (character !== '\\') return character.codePointAt(0)!;
    if (this.take('b')) return 8;
    return this.shorthand() ?? this.escapedCode();
  }

  private range(first: number, last: number, { ignoreCase }: Flags): string {
    if (first > last) throw this.error('has a range of characters that falls');
    const from = inClass(String.fromCodePoint(first));
    const range = first === last ? from : `${from}-${inClass(String.fromCodePoint(last))}`;
    if (!ignoreCase) return range;
    if (last - first > 1000) throw this.error('has a range of over 1,000 characters whose case is ignored');
    const codes = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    return codes.flatMap((code) => caseVariants(String.fromCodePoint(code)).map(inClass)).join('');
  }

  private peek(): string {
    return this.source[this.position] ?? '';
  }

  private next(): string {
    const code = this.source.codePointAt(this.position);
    if (code === undefined) throw this.error('ends too early');
    const character = String.fromCodePoint(code);
    this.position += character.length;
    return character;
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.position)) return false;
    this.position += text.length;
    return true;
  }

  private error(fault: string): Error {
    return new Error(`the regular expression ${fault}`);
  }
}

/** A character as it may stand in a class. */
const inClass = (character: string) =>
  /[0-9a-zA-Z]/.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
