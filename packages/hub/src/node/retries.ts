import { setTimeout } from 'node:timers/promises';

/** A failure that may pass: worth another try. */
export class TransientError extends Error {
  constructor(
    message: string,
    /** How many seconds the server asks to wait. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

const longestPause = 60; // seconds

/** Counts failures in a row, and waits between tries: twice as long after every one. */
export class Retries {
  private failures = 0;

  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly tries = 5,
    private readonly firstPause = 0.5,
  ) {}

  /** After this failures count anew. */
  reset(): void {
    this.failures = 0;
  }

  /** Waits until it is time for another try. @throws the error itself, where no other try is due */
  async after(error: unknown): Promise<void> {
    this.signal?.throwIfAborted();
    this.failures += 1;
    if (!(error instanceof TransientError) || this.failures >= this.tries) throw error;
    const pause = error.retryAfter ?? this.firstPause * 2 ** (this.failures - 1);
    try {
      await setTimeout(Math.min(pause, longestPause) * 1000, undefined, { signal: this.signal });
    } catch (aborted) {
      this.signal?.throwIfAborted();
      throw aborted;
    }
  }
}
