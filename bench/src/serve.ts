import { createInterface } from 'node:readline';

/** What a contender says of itself when its first step is done. */
export interface Ready {
  /** With version. */
  readonly name: string;
  readonly firstCallMs: number;
  /** Of the first step. */
  readonly loss?: number | undefined;
  readonly parameters?: number | undefined;
  /** That a step makes. */
  readonly tokens?: number | undefined;
  /** That a step generates one after the other, in one text or in several at once. */
  readonly newTokens?: number | undefined;
  /** That a step trains on. */
  readonly examples?: number | undefined;
}

/** What a contender says in the end. */
export interface Ended {
  /** The most memory that the process had. */
  readonly peakBytes: number;
  /** Of the last step. */
  readonly lastLoss?: number | undefined;
}

/** What a contender times. */
interface Served extends Omit<Ready, 'firstCallMs' | 'loss'> {
  /** Makes one step, to its end, and returns its loss if it has one. */
  run(): number | undefined | Promise<number | undefined>;
}

/**
 * A contender's side: prints what it is after a first step, then for each line with a number N on standard input makes N
 * steps and prints how many milliseconds each took, and at the input's end its peak memory and last loss. All lines are JSON.
 */
export async function serve({ run, ...named }: Served): Promise<void> {
  const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
  let loss: number | undefined;
  const timed = async () => {
    const started = performance.now();
    loss = await run();
    return performance.now() - started;
  };
  const firstCallMs = await timed();
  say({ ...named, firstCallMs, loss } satisfies Ready);
  for await (const line of createInterface({ input: process.stdin })) {
    const milliseconds: number[] = [];
    for (let step = 0; step < Number(line); step++) milliseconds.push(await timed());
    say({ milliseconds });
  }
  say({ peakBytes: process.resourceUsage().maxRSS * 1024, lastLoss: loss } satisfies Ended);
}
