import type { BenchResult, Measured } from './bench.js';
import { median, quantile, speed } from './statistics.js';

const milliseconds = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
const ratio = (value: number) => value.toFixed(2);

/** Cells in columns: the first aligned to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('   ')
      .trimEnd(),
  );
}

function row({ name, rounds, firstCallMs, peakBytes, loss, parameters }: Measured): string[] {
  const steps = rounds.flat();
  return [
    name,
    milliseconds(median(steps)),
    `${milliseconds(quantile(steps, 0.25))} – ${milliseconds(quantile(steps, 0.75))}`,
    `${(firstCallMs / 1000).toFixed(2)} s`,
    gigabytes(peakBytes),
    loss === undefined ? '' : loss.toFixed(3),
    parameters === undefined ? '' : parameters.toLocaleString('en-US'),
  ];
}

/** What a bench gave, in lines: a table of the contenders, how chui compares with each, and who was not there. */
export function report({ measured, missing, failed }: BenchResult): string[] {
  const lines: string[] = [];
  if (measured.length > 0) {
    const head = ['', 'median', 'middle half', 'first call', 'peak memory', 'first loss', 'parameters'];
    lines.push(...table([head, ...measured.map(row)]), '');
  }
  const chui = measured.find(({ role }) => role === 'chui');
  for (const other of chui ? measured.filter(({ role }) => role !== 'chui') : []) {
    const { overall, rounds } = speed(chui!.rounds, other.rounds);
    if (other.role === 'floor') {
      lines.push(`${other.name} take ${(100 * overall).toFixed(0)} % of chui's time`);
      continue;
    }
    const byRound = `by round ${ratio(rounds.median)}, ${ratio(rounds.least)} – ${ratio(rounds.largest)}`;
    const memory = `with ${ratio(chui!.peakBytes / other.peakBytes)} × its memory`;
    lines.push(`chui is ${ratio(overall)} × as fast as ${other.name} (${byRound}) ${memory}`);
  }
  return [...lines, ...missing, ...failed];
}
