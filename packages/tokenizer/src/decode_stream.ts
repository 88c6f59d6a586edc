/** Tokens without text that are remembered. */
const mostBlanks = 32;
/** Tokens that may wait for the rest of a character, which has at most three bytes more. */
const [mostPending, longestStart] = [6, 3];

/**
 * Decodes tokens one by one, as a model generates them, and gives text as soon as it is certain: never half a character
 * whose bytes are several tokens. What `step` and `end` gave, joined, is what `decode` gives for all tokens.
 *
 * With byte fallback, where one wrong byte spoils all bytes around it, those of whole characters that were given are
 * not taken back. Decoders that join tokens and then replace text in them do so only within what is not given yet.
 *
 * @example
 * const stream = tokenizer.decodeStream({ skipSpecialTokens: true });
 * for (const id of ids) write(stream.step(id));
 * write(stream.end());
 */
export class DecodeStream {
  /** Tokens whose text was given, kept because others come after them: decoders treat a first token otherwise. */
  private context: string[] = [];
  private contextText = '';
  /** How many tokens at the end of the context have no text if nothing is before them, as spaces that are stripped. */
  private blanks = 0;
  /** Tokens that end in the middle of a character, and how many units of their text were given. */
  private pending: string[] = [];
  private given = 0;

  /**
   * @param tokenOf the token of an id, if it is to be decoded
   * @param decode the text of tokens
   */
  constructor(
    private readonly tokenOf: (id: number) => string | undefined,
    private readonly decode: (tokens: string[]) => string,
  ) {}

  /** The text that became certain by the next token; empty if none did. */
  step(id: number): string {
    const token = this.tokenOf(id);
    if (token === undefined) return '';
    this.pending.push(token);
    const text = this.textOf(this.pending);
    const certain = text.endsWith('\ufffd') ? this.countBeforeLast(text) : this.pending.length;
    const tokens = this.pending.splice(0, certain);
    const length = this.pending.length === 0 ? text.length : this.textOf(tokens).length;
    const end = Math.max(length, this.given, endOfCharacters(text));
    const part = text.slice(this.given, end);
    if (tokens.length > 0) this.keep(tokens);
    this.given = end - length;
    return part;
  }

  /** The rest, which no further token changes: bytes of half a character become U+FFFD. The stream may be used again. */
  end(): string {
    const text = this.textOf(this.pending).slice(this.given);
    [this.context, this.contextText, this.blanks] = [[], '', 0];
    [this.pending, this.given] = [[], 0];
    return text;
  }

  /** The text of tokens after the context. If they would change its text, they are kept apart from it. */
  private textOf(tokens: readonly string[]): string {
    const { context, contextText } = this;
    const text = this.decode([...context, ...tokens]);
    if (text.startsWith(contextText)) return text.slice(contextText.length);
    return this.decode([...context, '', ...tokens]).slice(this.decode([...context, '']).length);
  }

  /** How many of many tokens that do not end a character are before the last, which may still be completed. */
  private countBeforeLast(text: string): number {
    const { length } = this.pending;
    if (length <= mostPending) return 0;
    for (let count = length - longestStart; count > 0; count--) {
      if (text.startsWith(this.textOf(this.pending.slice(0, count)))) return count;
    }
    return 0;
  }

  /** Makes tokens that have a text the context, and adds others to it: what was before them still counts. */
  private keep(tokens: string[]): void {
    if (this.decode(tokens) !== '') {
      [this.context, this.blanks] = [tokens, 0];
    } else {
      const first = this.context.length - this.blanks;
      const blanks = [...this.context.slice(first), ...tokens].slice(-mostBlanks);
      this.context = [...this.context.slice(0, first), ...blanks];
      this.blanks = blanks.length;
    }
    this.contextText = this.decode(this.context);
  }
}

/** Where the U+FFFD begin that a text ends with. */
function endOfCharacters(text: string): number {
  let end = text.length;
  while (text[end - 1] === '\ufffd') end--;
  return end;
}
