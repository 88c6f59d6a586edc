import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Ended, Ready } from './serve.js';

/** How a contender's process is started. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** A process that makes steps when it is told to and waits otherwise; see `serve`. */
export class Contender {
  private readonly lines: AsyncIterator<string>;
  private readonly ended: Promise<string>;
  private errors = '';

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-4000);
    });
    child.stdin.on('error', () => {}); // that it has ended is told by its output
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    });
  }

  /**
   * Starts a process and waits until its first step is done.
   *
   * @throws Error with what it wrote to standard error, if it ends before
   */
  static async start({ command, args }: Command): Promise<{ contender: Contender; ready: Ready }> {
    const contender = new Contender(spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] }));
    return { contender, ready: await contender.message<Ready>() };
  }

  /** Makes steps and returns how many milliseconds each took. */
  async run(steps: number): Promise<number[]> {
    this.child.stdin.write(`${steps}\n`);
    return (await this.message<{ milliseconds: number[] }>()).milliseconds;
  }

  /** Ends the process and returns what it says of itself then. */
  async finish(): Promise<Ended> {
    this.child.stdin.end();
    const ended = await this.message<Ended>();
    await this.ended;
    return ended;
  }

  /** Ends the process, whatever it is doing. */
  stop(): void {
    this.child.kill();
  }

  /** The next line of JSON; libraries may print other lines. */
  private async message<T>(): Promise<T> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error([await this.ended, this.errors.trim()].filter(Boolean).join('\n'));
      if (value.startsWith('{')) return JSON.parse(value) as T;
    }
  }
}
