import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Exchanges files for others so that all of it can be undone: what was there is kept under hidden names until `finish`. */
export class Exchange {
  private readonly undoing: (() => Promise<void>)[] = [];
  private readonly kept: string[] = [];

  /** @param suffix of the hidden names, which no other exchange has */
  constructor(private readonly suffix: string) {}

  /** Takes away a file, if it is there. */
  async takeAway(file: string): Promise<void> {
    const hidden = join(dirname(file), `.${basename(file)}${this.suffix}.old`);
    try {
      await rename(file, hidden);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    this.kept.push(hidden);
    this.undoing.push(() => rename(hidden, file));
  }

  /** Puts a file into a place that is free. */
  async put(from: string, file: string): Promise<void> {
    await rename(from, file);
    this.undoing.push(() => rm(file, { force: true }));
  }

  /** Brings back what was there, as far as that is possible. */
  async undo(): Promise<void> {
    for (const step of this.undoing.splice(0).reverse()) await step().catch(() => {});
  }

  /** Removes what was taken away. */
  async finish(): Promise<void> {
    for (const file of this.kept.splice(0)) await rm(file, { force: true }).catch(() => {});
  }
}
