/** Examples, or a function that begins to read them. */
export type ExampleSource<E> =
  | Iterable<E>
  | AsyncIterable<E>
  | (() => Iterable<E> | AsyncIterable<E> | Promise<Iterable<E> | AsyncIterable<E>>);

/** What gives examples as often as it is asked to. */
export class ExampleStream<E> {
  /** The iterator that was read last, if it can be read once only. */
  private used: unknown;

  /** @param name what errors call the examples */
  constructor(
    private readonly source: ExampleSource<E>,
    private readonly name = 'examples',
  ) {
    if (typeof source !== 'function' && !isIterable(source)) {
      throw new TypeError(
        `${name} must be iterable, or a function that gives what is, but this is of type ${typeof source}`,
      );
    }
  }

  /**
   * Begins to read.
   *
   * @throws Error if it is a generator or the like that was read before; TypeError if a function gives nothing iterable.
   */
  async open(): Promise<ExampleReader<E>> {
    const { source, name } = this;
    const examples = typeof source === 'function' ? await source() : source;
    if (!isIterable(examples)) {
      throw new TypeError(`${name} must be a function that gives what is iterable, but it gives ${examples}`);
    }
    const iterator: Iterator<E> | AsyncIterator<E> =
      Symbol.asyncIterator in examples ? examples[Symbol.asyncIterator]() : examples[Symbol.iterator]();
    if ((iterator as unknown) === examples) {
      if (this.used === iterator) {
        throw new Error(
          `${name} must be a function that begins the reading, such as () => readJsonl(path), to be read again, ` +
            'but this is an iterator, which can be read once only',
        );
      }
      this.used = iterator;
    }
    return new ExampleReader(iterator, Symbol.asyncIterator in examples, name);
  }
}

/** Reads examples one after the other. */
export class ExampleReader<E> {
  /** How many were read. */
  count = 0;
  private next: IteratorResult<E> | undefined;

  constructor(
    private readonly iterator: Iterator<E> | AsyncIterator<E>,
    private readonly isAsync: boolean,
    private readonly name: string,
  ) {}

  /**
   * Reads up to `count` examples, and appends them and their places in the stream to lists.
   *
   * @returns whether none is left
   * @throws RangeError if there is none at all.
   */
  async read(count: number, examples: E[], indices: number[]): Promise<boolean> {
    for (let read = 0; read < count; read++) {
      const { done, value } = this.next ?? (await this.step());
      if (done) break;
      this.next = undefined;
      examples.push(value);
      indices.push(this.count++);
    }
    const { done = false } = this.next ?? (await this.step());
    if (this.count === 0) throw new RangeError(`${this.name} must not be empty`);
    return done;
  }

  /** Ends the reading: a file is closed. */
  async close(): Promise<void> {
    if (!this.next?.done) await this.iterator.return?.();
  }

  private async step(): Promise<IteratorResult<E>> {
    const next = this.iterator.next();
    this.next = this.isAsync ? await next : (next as IteratorResult<E>);
    return this.next;
  }
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
