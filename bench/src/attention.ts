import { fileURLToPath } from 'node:url';
import { type AttentionTraits, attentionCatalogue } from '@chui/layers';
import type { AttentionArguments } from './attention_contender.js';
import { Contender } from './contender.js';
import { median, slope } from './statistics.js';

/** Of every attention: one sequence of 512 numbers a position, in 8 heads. */
const sizes = { batch: 1, width: 512, heads: 8 };
const lengths = [256, 1024, 4096, 16_384] as const;
/** Steps that are timed, and those of a step that takes long. */
const STEPS = 5;
const FEW_STEPS = 2;
const LONG_MS = 5000;

/** An attention of sequences of a length. */
interface SweptLength {
  readonly length: number;
  /** Median of forward and backward. */
  readonly milliseconds: number;
  /** Most memory that the process had. */
  readonly peakBytes: number;
}

/** One attention over the lengths that it is for. */
export interface Swept {
  readonly name: string;
  readonly memory: string;
  readonly lengths: readonly SweptLength[];
  /** Of time over length, on logarithmic scales, from 1,024 on. */
  readonly slope?: number | undefined;
}

/** The longest sequence for attentions that hold so much. */
export function longest({ memory }: Pick<AttentionTraits, 'memory'>): number {
  if (!memory.includes('T·S')) return 16_384;
  return memory.includes('T·S·') ? 1024 : 4096;
}

/** Times forward and backward of attentions over lengths, each in a process of its own, and says what it is doing. */
export async function sweep(
  { threads, only = [] }: { threads: number; only?: readonly string[] },
  say: (message: string) => void = () => {},
): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const { name, traits } of attentionCatalogue) {
    if (only.length > 0 && !only.includes(name)) continue;
    const measured: SweptLength[] = [];
    for (const length of lengths.filter((each) => each <= longest(traits))) {
      say(`${name}, ${length} positions`);
      measured.push(await timed({ name, sizes: { ...sizes, length }, threads }));
    }
    const long = measured.filter(({ length }) => length >= 1024);
    swept.push({
      name,
      memory: traits.memory,
      lengths: measured,
      slope: long.length > 1 ? slope(long.map((each) => [each.length, each.milliseconds])) : undefined,
    });
  }
  return swept;
}

async function timed(argument: AttentionArguments): Promise<SweptLength> {
  const script = fileURLToPath(new URL('./attention_contender.js', import.meta.url));
  const command = { command: process.execPath, args: [script, JSON.stringify(argument)] };
  const { contender, ready } = await Contender.start(command);
  try {
    const steps = await contender.run(ready.firstCallMs > LONG_MS ? FEW_STEPS : STEPS);
    const { peakBytes } = await contender.finish();
    return { length: argument.sizes.length, milliseconds: median(steps), peakBytes };
  } finally {
    contender.stop();
  }
}

/** What a sweep gave, as a table of Markdown. */
export function sweepReport(swept: readonly Swept[]): string[] {
  const number = (value: number) => Math.round(value).toLocaleString('en-US');
  const cell = (of: Swept, length: number) => {
    const found = of.lengths.find((each) => each.length === length);
    if (!found) return '–';
    const { milliseconds, peakBytes } = found;
    const time = milliseconds < 100 ? milliseconds.toFixed(1) : number(milliseconds);
    return `${time} ms, ${number(peakBytes / 2 ** 20)} MiB`;
  };
  const columns = lengths.map((length) => `T = ${number(length)}`);
  return [
    `| attention | holds | ${columns.join(' | ')} | slope |`,
    `|---|---|${columns.map(() => '---:').join('|')}|---:|`,
    ...swept.map((each) => {
      const cells = lengths.map((length) => cell(each, length));
      return `| ${each.name} | ${each.memory} | ${cells.join(' | ')} | ${each.slope?.toFixed(2) ?? ''} |`;
    }),
  ];
}
