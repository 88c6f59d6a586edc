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
}

/** What a contender times. */
interface Served {
  readonly name: string;
  readonly parameters?: number;
  readonly tokens?: number;
  /** Makes one step, to its end, and returns its loss if it has one. */
  run(): number | undefined | Promise<number | undefined>;
}

/**
 * A contender's side: prints what it is after a first step, then for each line with a number N on standard input makes N
 * steps and prints how many milliseconds each took, and at the input's end its peak memory. All lines are JSON.
 */
export async function serve({ run, ...named }: Served): Promise<void> {
  const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const timed = async () => {
    const started = performance.now();
    const loss = await run();
    return { milliseconds: performance.now() - started, loss };
  };
  const { milliseconds: firstCallMs, loss } = await timed();
  say({ ...named, firstCallMs, loss } satisfies Ready);
  for await (const line of createInterface({ input: process.stdin })) {
    const milliseconds: number[] = [];
    for (let step = 0; step < Number(line); step++) milliseconds.push((await timed()).milliseconds);
    say({ milliseconds });
  }
  say({ peakBytes: process.resourceUsage().maxRSS * 1024 });
}
