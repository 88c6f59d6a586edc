/** What becomes of parts of a file that cannot be read. */
export interface BrokenOptions {
  /** Hears of each, which is then left out; if not given, the first ends the reading as an error. */
  readonly onBroken?: ((error: Error) => void) | undefined;
}

/** Tells of a broken part, or throws it. */
export function broken({ onBroken }: BrokenOptions, message: string): void {
  const error = new Error(message);
  if (!onBroken) throw error;
  onBroken(error);
}
