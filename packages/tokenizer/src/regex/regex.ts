import { compileRegex, type Program } from './compiler.js';
import { parseRegex } from './parser.js';
import { Search } from './search.js';

/**
 * A regular expression in the syntax of Oniguruma, which tokenizer.json files are written in. It finds what Oniguruma
 * finds, in a time that is linear in the text's length whatever the expression: at most in proportion to the expression's
 * too, parts that repeat up to n times being n parts. It lacks what has no such time (back references), captures,
 * `\G`, `\K`, `\X`, absent groups, blocks of Unicode, and characters that equal several when case is ignored (ß and ss).
 */
export class Regex {
  private readonly program: Program;

  /** @throws Error that names the construct, if it is damaged or not supported */
  constructor(source: string) {
    this.program = compileRegex(parseRegex(source));
  }

  /** The matches from left to right, none within another; for `for (const match of regex[Symbol.matchAll](text))`. */
  *[Symbol.matchAll](text: string): Generator<{ index: number; 0: string }> {
    const search = new Search(this.program, text);
    let start = 0;
    while (start <= text.length) {
      const end = search.matchAt(start);
      if (end >= 0) yield { index: start, 0: text.slice(start, end) };
      start = end > start ? end : start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
    }
  }
}
