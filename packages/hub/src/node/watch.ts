/** Stops a request on which nothing happens for a time, or when the caller's signal says so. */
export class Watch {
  private readonly controller = new AbortController();
  private readonly stop = () => this.controller.abort(this.outer?.reason);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly outer: AbortSignal | undefined,
    private readonly seconds = 60,
  ) {
    if (outer?.aborted) this.stop();
    outer?.addEventListener('abort', this.stop);
    this.touch();
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Says that something has happened. */
  touch(): void {
    clearTimeout(this.timer);
    const silence = new Error(`nothing came for ${this.seconds} seconds`);
    this.timer = setTimeout(() => this.controller.abort(silence), this.seconds * 1000);
  }

  /** Ends the watch, and what of the request is still under way: a body that nobody reads. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.stop);
    this.controller.abort();
  }
}
