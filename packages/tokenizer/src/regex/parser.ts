import { posixClass, propertyClass, shorthandClass } from './classes.js';

/** A regular expression as a tree. Sets are written as classes of JavaScript with the flag `v`. */
export type RegexNode =
  | { type: 'set'; source: string; ignoreCase: boolean }
  | { type: 'sequence'; parts: RegexNode[] }
  | { type: 'alternatives'; options: RegexNode[] }
  | { type: 'repeat'; body: RegexNode; min: number; max: number; lazy: boolean }
  | { type: 'look'; body: RegexNode; behind: boolean; negated: boolean }
  | { type: 'atomic'; body: RegexNode }
  | { type: 'start' }
  | { type: 'end' };

/**
 * Reads a regular expression of Oniguruma, which tokenizer.json files are written in. Groups capture nothing.
 *
 * @throws Error that names the construct, if it is damaged or cannot be searched for in linear time
 */
export function parseRegex(source: string): RegexNode {
  return new Parser(source).parse();
}

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
}

/** `\w` outside brackets; there, and only there, Oniguruma counts these six digits and fractions in. */
const word = '[\\w²³¹¼-¾]';

/** What stands for something longer, most of it after a backslash. */
const abbreviations: Record<string, string> = {
  '^': '(?:\\A|(?<=\\n)(?!\\z))',
  $: '(?=\\n|\\z)',
  '\\Z': '(?=\\n?\\z)',
  '\\b': `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  '\\B': `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
  '\\w': word,
  '\\W': `[^${word}]`,
  '\\R': '(?>\\r\\n|[\\n\\v\\f\\r\\x{85}\\x{2028}\\x{2029}])',
  '\\N': '[^\\n]',
  '\\O': '(?m:.)',
};

const controls: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };

const maximumDepth = 250;
/** A search takes so much longer. */
const mostRepeats = 1000;

class Parser {
  private position = 0;
  private depth = 0;

  constructor(private readonly source: string) {}

  parse(): RegexNode {
    const node = this.alternatives({ ignoreCase: false, dotAll: false });
    if (this.position < this.source.length) throw this.error('has a ) too many');
    return node;
  }

  /** Reads up to the end of the group, or of the whole. */
  private alternatives(flags: Flags): RegexNode {
    this.descend();
    const options: RegexNode[] = [];
    let parts: RegexNode[] = [];
    while (this.position < this.source.length && this.peek() !== ')') {
      if (this.take('|')) {
        options.push(sequence(parts));
        parts = [];
      } else {
        parts.push(this.quantified(flags));
      }
    }
    options.push(sequence(parts));
    this.depth--;
    return options.length === 1 ? options[0]! : { type: 'alternatives', options };
  }

  private quantified(flags: Flags): RegexNode {
    const { depth } = this;
    let node = this.atom(flags);
    for (;;) {
      const found = /^(?:[*+?]|\{(\d+)\}|\{(\d*),(\d*)\})/.exec(this.ahead(30));
      if (!found || found[0] === '{,}') break;
      this.descend();
      this.position += found[0].length;
      node = this.repeat(node, found);
    }
    this.depth = depth;
    return node;
  }

  /** `{3}?` means that there may be none, and `{3,1}` that what matched stays. */
  private repeat(body: RegexNode, [quantifier, exactly, from, to]: RegExpExecArray): RegexNode {
    if (exactly !== undefined) {
      return { type: 'repeat', body, min: this.count(exactly), max: this.count(exactly), lazy: false };
    }
    if (quantifier.length > 1) {
      const [min, max] = [this.count(from || '0'), to ? this.count(to) : Number.POSITIVE_INFINITY];
      if (min > max) return possessive({ type: 'repeat', body, min: max, max: min, lazy: false });
      return { type: 'repeat', body, min, max, lazy: this.take('?') };
    }
    const node = {
      type: 'repeat',
      body,
      min: quantifier === '+' ? 1 : 0,
      max: quantifier === '?' ? 1 : Number.POSITIVE_INFINITY,
      lazy: this.take('?'),
    } as const;
    return !node.lazy && this.take('+') ? possessive(node) : node;
  }

  private count(digits: string): number {
    if (Number(digits) > mostRepeats)
      throw this.error(`repeats something ${digits} times, over ${mostRepeats}`);
    return Number(digits);
  }

  private atom(flags: Flags): RegexNode {
    const character = this.next();
    switch (character) {
      case '.':
        return set(flags.dotAll ? '\\p{Any}' : '[^\\n]');
      case '^':
      case '$':
        return parseRegex(abbreviations[character]!);
      case '[':
        return set(this.characterClass(), flags);
      case '(':
        return this.group(flags);
      case '\\':
        return this.escape(flags);
      case '*':
      case '+':
      case '?':
        throw this.error(`has nothing before the ${character} at character ${this.position - 1}`);
      default:
        return set(inClass(character), flags);
    }
  }

  private group(flags: Flags): RegexNode {
    if (!this.take('?')) return this.rest(flags);
    if (this.take(':')) return this.rest(flags);
    for (const opening of ['=', '!', '<=', '<!']) {
      if (!this.take(opening)) continue;
      const [behind, negated] = [opening.startsWith('<'), opening.endsWith('!')];
      return { type: 'look', body: this.rest(flags), behind, negated };
    }
    if (this.take('>')) return { type: 'atomic', body: this.rest(flags) };
    if (this.take('#')) {
      while (this.next() !== ')');
      return sequence([]);
    }
    const name = /^<[^>=!]+>/.exec(this.source.slice(this.position));
    if (name) {
      this.position += name[0].length;
      return this.rest(flags);
    }
    const options = /^([im]*)(?:-([im]*))?([:)])/.exec(this.ahead(10));
    if (!options) throw this.error(`has a group (?${this.peek()} that is not supported`);
    this.position += options[0].length;
    const on = (flag: string, now: boolean) =>
      (options[1]!.includes(flag) || now) && !options[2]?.includes(flag);
    const inner = { ignoreCase: on('i', flags.ignoreCase), dotAll: on('m', flags.dotAll) };
    return options[3] === ':' ? this.rest(inner) : this.alternatives(inner);
  }

  /** Reads the rest of a group, with its closing parenthesis. */
  private rest(flags: Flags): RegexNode {
    const body = this.alternatives(flags);
    if (!this.take(')')) throw this.error('lacks a )');
    return body;
  }

  private escape(flags: Flags): RegexNode {
    if (this.take('A')) return { type: 'start' };
    if (this.take('z')) return { type: 'end' };
    const abbreviation = abbreviations[`\\${this.peek()}`];
    if (abbreviation) {
      this.position++;
      return parseRegex(abbreviation);
    }
    const shorthand = this.shorthand();
    return shorthand ? set(shorthand) : set(inClass(String.fromCodePoint(this.escapedCode())), flags);
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
    const numeric = /^(?:x\{([0-9a-fA-F]{1,8})\}|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4}))/.exec(this.ahead(12));
    if (numeric) {
      this.position += numeric[0].length;
      const code = Number.parseInt(numeric[1] ?? numeric[2] ?? numeric[3]!, 16);
      if (code > 0x10ffff) throw this.error(`has \\${numeric[0]}, which is no character`);
      return code;
    }
    const character = this.next();
    if (character === '0' && !/\d/.test(this.peek())) return 0;
    const control = controls[character];
    if (control === undefined && /[0-9a-zA-Z]/.test(character)) {
      throw this.error(`has \\${character}, which is not supported`);
    }
    return control ?? character.codePointAt(0)!;
  }

  /** A class in brackets, the opening one being read already. */
  private characterClass(): string {
    this.descend();
    const negation = this.take('^') ? '^' : '';
    const operands: string[] = [];
    let items = '';
    if (this.peek() === ']') items += inClass(this.next());
    while (!this.take(']')) {
      if (this.take('&&')) {
        operands.push(`[${items}]`);
        items = '';
      } else {
        items += this.classItem();
      }
    }
    this.depth--;
    return operands.length > 0 ? `[${negation}${operands.join('&&')}&&[${items}]]` : `[${negation}${items}]`;
  }

  private classItem(): string {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.ahead(20));
    if (posix) {
      const found = posixClass(posix[2]!);
      if (!found) throw this.error(`names the class [:${posix[2]}:], which is not known`);
      this.position += posix[0].length;
      return posix[1] ? `[^${found}]` : found;
    }
    if (this.take('[')) return this.characterClass();
    const first = this.classCharacter();
    if (typeof first === 'string') return first;
    const from = inClass(String.fromCodePoint(first));
    const rangeFollows = this.peek() === '-' && !'[]'.includes(this.source[this.position + 1] ?? ']');
    if (!rangeFollows) return from;
    this.position++;
    const last = this.classCharacter();
    if (typeof last === 'string') return `${from}${inClass('-')}${last}`;
    if (first > last) throw this.error('has a range of characters that falls');
    return `${from}-${inClass(String.fromCodePoint(last))}`;
  }

  /** One character of a class as its code, or a class within. */
  private classCharacter(): number | string {
    const character = this.next();
    if (character !== '\\') return character.codePointAt(0)!;
    if (this.take('b')) return 8;
    return this.shorthand() ?? this.escapedCode();
  }

  private descend(): void {
    if (++this.depth > maximumDepth) throw this.error(`nests over ${maximumDepth} deep`);
  }

  private peek(): string {
    return this.source[this.position] ?? '';
  }

  private ahead(length: number): string {
    return this.source.slice(this.position, this.position + length);
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

const set = (source: string, flags?: Flags): RegexNode => ({
  type: 'set',
  source,
  ignoreCase: flags?.ignoreCase ?? false,
});

const sequence = (parts: RegexNode[]): RegexNode =>
  parts.length === 1 ? parts[0]! : { type: 'sequence', parts };

const possessive = (body: RegexNode): RegexNode => ({ type: 'atomic', body });

/** A character as it may stand in a class. */
const inClass = (character: string) =>
  /[0-9a-zA-Z]/.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
