import { quote } from '../files/quote.js';

/**
 * Reads the JSON of a safetensors header piece by piece: only what a header may hold, and with duplicate keys refused,
 * which `JSON.parse` would silently drop.
 */
export class HeaderScanner {
  private position = 0;

  constructor(
    private readonly text: string,
    private readonly name: string,
  ) {}

  /** Reads an object; `value` must read the value of each key. */
  object(value: (key: string) => void): void {
    const keys = new Set<string>();
    this.expect('{');
    if (this.take('}')) return;
    do {
      const key = this.string();
      if (keys.has(key)) throw this.error(`has the key ${quote(key)} twice`);
      keys.add(key);
      this.expect(':');
      value(key);
    } while (this.take(','));
    this.expect('}');
  }

  /** Reads an array of non-negative integers. */
  integers(): number[] {
    const integers: number[] = [];
    this.expect('[');
    if (this.take(']')) return integers;
    do integers.push(this.integer());
    while (this.take(','));
    this.expect(']');
    return integers;
  }

  string(): string {
    this.expect('"');
    const start = this.position - 1;
    for (let code = this.code(); code !== 0x22; code = this.code()) {
      if (Number.isNaN(code)) throw this.error('ends inside a string');
      this.position += code === 0x5c ? 2 : 1; // a backslash takes the next character along
    }
    this.position++;
    try {
      return JSON.parse(this.text.slice(start, this.position)) as string;
    } catch {
      throw this.error(`has a damaged string at character ${start}`);
    }
  }

  /** Checks that only white space is left. */
  end(): void {
    this.skipSpace();
    if (this.position < this.text.length)
      throw this.error(`goes on after its end, at character ${this.position}`);
  }

  error(fault: string): Error {
    return new Error(`${this.name} ${fault}`);
  }

  private integer(): number {
    this.skipSpace();
    const start = this.position;
    while (this.code() >= 0x30 && this.code() <= 0x39) this.position++;
    const digits = this.text.slice(start, Math.min(this.position, start + 20));
    if (!/^(?:0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(Number(digits))) {
      throw this.error(`must have an integer from 0 to 2^53 - 1 at character ${start}`);
    }
    return Number(digits);
  }

  private expect(character: string): void {
    if (!this.take(character)) throw this.error(`must have ${character} at character ${this.position}`);
  }

  private take(character: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  private skipSpace(): void {
    while (' \t\n\r'.includes(this.text[this.position] ?? 'x')) this.position++;
  }

  private code(): number {
    return this.text.charCodeAt(this.position);
  }
}
