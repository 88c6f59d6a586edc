/** A value of a JSON file with the place where it stands, read with checks: each error names file, path and rule. */
export class JsonNode {
  private constructor(
    readonly value: unknown,
    private readonly file: string,
    private readonly path: string,
  ) {}

  /** @throws Error if the text is not JSON */
  static parse(text: string, file: string): JsonNode {
    try {
      return new JsonNode(JSON.parse(text), file, '');
    } catch (error) {
      throw new Error(`${file}: is not JSON: ${(error as Error).message.split('\n')[0]}`);
    }
  }

  static of(value: unknown, file: string): JsonNode {
    return new JsonNode(value, file, '');
  }

  /** Whether the value is null or missing. */
  get isNull(): boolean {
    return this.value === null || this.value === undefined;
  }

  /** The value under `key`, which may be missing. */
  get(key: string): JsonNode {
    const object = this.object();
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    return new JsonNode(value, this.file, this.path ? `${this.path}.${key}` : key);
  }

  entries(): [string, JsonNode][] {
    return Object.keys(this.object()).map((key) => [key, this.get(key)]);
  }

  items(): JsonNode[] {
    return this.list().map((item, i) => new JsonNode(item, this.file, `${this.path}[${i}]`));
  }

  /** The values of a list, unread: for lists so long that a node each would be slow. */
  list(): readonly unknown[] {
    if (!Array.isArray(this.value)) throw this.error('must be a list');
    return this.value;
  }

  string(): string {
    if (typeof this.value !== 'string') throw this.error('must be a string');
    return this.value;
  }

  /** A string of one character (code point). */
  character(): string {
    const [first, ...rest] = this.string();
    if (first === undefined || rest.length > 0) throw this.error('must be one character');
    return first;
  }

  /** A string among `choices`. */
  choice<C extends string>(...choices: C[]): C {
    const found = choices.find((choice) => choice === this.value);
    if (found === undefined) throw this.error(`must be one of ${choices.join(', ')}`);
    return found;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.error('must be true or false');
    return this.value;
  }

  /** An integer from 0 to 2^32 - 1. */
  integer(): number {
    const value = this.value as number;
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw this.error('must be an integer from 0 to 2^32 - 1');
    return value;
  }

  /** A number from `least` to `most`. */
  number(least: number, most: number): number {
    const value = this.value as number;
    if (typeof value !== 'number' || !(value >= least && value <= most))
      throw this.error(`must be a number from ${least} to ${most}`);
    return value;
  }

  /** An error that says where the value stands, the rule, and the value that came. */
  error(rule: string): Error {
    const value = this.value === undefined ? 'missing' : shorten(JSON.stringify(this.value));
    return new Error(`${this.file}: ${this.path || 'the whole'} ${rule}, but is ${value}`);
  }

  /** The values of an object, unread: for objects so large that a node each would be slow. */
  object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value))
      throw this.error('must be an object');
    return this.value as Record<string, unknown>;
  }
}

/** The start of a text that may be too long for a message. */
export const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
