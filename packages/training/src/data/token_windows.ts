import { positiveInteger } from '../checks.js';
import { shown } from './collators/example_error.js';
import { isInt32 } from './collators/pad_field.js';

export interface TokenWindowsOptions {
  /** Tokens of a window, at least 2. */
  readonly length: number;
  /** Tokens that each window shares with the one before, as a tokenizer's `stride`; 0 by default. */
  readonly stride?: number | undefined;
  /** The token between one document and the next; none if not given. */
  readonly separatorTokenId?: number | undefined;
  /** Leaves the last window out if it is shorter; false by default. */
  readonly dropLast?: boolean | undefined;
}

/** A window of tokens, as an example for language models. */
export interface TokenWindow {
  readonly inputIds: Int32Array;
}

type Ids = ArrayLike<number>;
type TokenDocuments = Ids | Iterable<Ids> | AsyncIterable<Ids>;

/**
 * Cuts tokens into windows of one length for language models. Documents are put one after the other, so that no window
 * but the last is shorter; a last window of one token, from which nothing can be told, is left out.
 *
 * @param ids tokens of a text, or of documents, which are read one after the other
 * @throws RangeError naming the option, the rule and the value; from the windows, if a token is no integer.
 * @example
 * [...tokenWindows([[5, 6, 7], [8, 9]], { length: 4, separatorTokenId: 2 })]
 *   .map(({ inputIds }) => [...inputIds]); // => [[5, 6, 7, 2], [8, 9]]
 */
export function tokenWindows(
  ids: Ids | Iterable<Ids>,
  options: TokenWindowsOptions,
): Generator<TokenWindow, void, undefined>;
export function tokenWindows(
  ids: AsyncIterable<Ids>,
  options: TokenWindowsOptions,
): AsyncGenerator<TokenWindow, void, undefined>;
export function tokenWindows(
  ids: TokenDocuments,
  options: TokenWindowsOptions,
): Generator<TokenWindow, void, undefined> | AsyncGenerator<TokenWindow, void, undefined> {
  const cutter = new WindowCutter(options);
  if (Symbol.asyncIterator in ids) return cutter.cutStream(ids);
  const isOne = 'length' in ids && typeof ids[0] !== 'object';
  return cutter.cut(isOne ? [ids as Ids] : (ids as Iterable<Ids>));
}

class WindowCutter {
  private readonly window: Int32Array;
  private readonly stride: number;
  /** Tokens of the window so far. */
  private filled = 0;
  /** Whether the window has tokens that no window had before. */
  private isNew = false;
  private documents = 0;

  constructor(private readonly options: TokenWindowsOptions) {
    const { length, stride = 0, separatorTokenId = 0 } = options;
    if (!Number.isInteger(length) || length < 2) {
      throw new RangeError(`length must be an integer of at least 2, but is ${length}`);
    }
    if (stride !== 0) positiveInteger('stride', stride);
    if (stride >= length) throw new RangeError(`stride must be below length, ${length}, but is ${stride}`);
    if (!isInt32(separatorTokenId)) {
      throw new RangeError(`separatorTokenId must be an integer, but is ${separatorTokenId}`);
    }
    this.window = new Int32Array(length);
    this.stride = stride;
  }

  *cut(documents: Iterable<Ids>): Generator<TokenWindow, void, undefined> {
    for (const document of documents) yield* this.add(document);
    yield* this.end();
  }

  async *cutStream(documents: AsyncIterable<Ids>): AsyncGenerator<TokenWindow, void, undefined> {
    for await (const document of documents) yield* this.add(document);
    yield* this.end();
  }

  private *add(document: Ids): Generator<TokenWindow, void, undefined> {
    const { separatorTokenId } = this.options;
    const index = this.documents++;
    if (separatorTokenId !== undefined && index > 0) yield* this.fill([separatorTokenId], index);
    yield* this.fill(document, index);
  }

  private *fill(ids: Ids, document: number): Generator<TokenWindow, void, undefined> {
    const { window, stride } = this;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at];
      if (!isInt32(id)) {
        throw new RangeError(`document ${document} must have integers as ids, but has ${shown(id)}`);
      }
      window[this.filled++] = id;
      this.isNew = true;
      if (this.filled < window.length) continue;
      yield { inputIds: window.slice() };
      window.copyWithin(0, window.length - stride);
      this.filled = stride;
      this.isNew = false;
    }
  }

  private *end(): Generator<TokenWindow, void, undefined> {
    if (this.options.dropLast || !this.isNew || this.filled < 2) return;
    yield { inputIds: this.window.slice(0, this.filled) };
  }
}
