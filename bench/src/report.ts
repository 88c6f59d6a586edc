import type { BenchResult, Measured } from './bench.js';
import { median, quantile, speed } from './statistics.js';

const milliseconds = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
const ratio = (value: number) => value.toFixed(2);
/** How much more than 1 a ratio is. */
const excess = (value: number) => `${(100 * (value - 1)).toFixed(1)} %`;

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

/** Columns, of which those that are empty for all are left out. */
const columns: Readonly<Record<string, (of: Measured) => string>> = {
  '': ({ name }) => name,
  median: ({ rounds }) => milliseconds(median(rounds.flat())),
  'middle half': ({ rounds }) =>
    [0.25, 0.75].map((share) => milliseconds(quantile(rounds.flat(), share))).join(' – '),
  'tokens a second': ({ rounds, tokens }) =>
    tokens === undefined ? '' : `${(tokens / median(rounds.flat()) / 1000).toFixed(2)} million`,
  'a token': ({ rounds, newTokens }) =>
    newTokens === undefined ? '' : milliseconds(median(rounds.flat()) / newTokens),
  'examples a second': ({ rounds, examples }) =>
    examples === undefined ? '' : ((1000 * examples) / median(rounds.flat())).toFixed(1),
  'first call': ({ firstCallMs }) => `${(firstCallMs / 1000).toFixed(2)} s`,
  'peak memory': ({ peakBytes }) => gigabytes(peakBytes),
  'first loss': ({ loss }) => loss?.toFixed(3) ?? '',
  parameters: ({ parameters }) => parameters?.toLocaleString('en-US') ?? '',
};

/** What a bench gave, in lines: a table of the contenders, how chui compares with each, and who was not there. */
export function report({ measured, missing, failed }: BenchResult): string[] {
  const lines: string[] = [];
  if (measured.length > 0) {
    const told = Object.entries(columns).filter(([, cell]) => measured.some((each) => cell(each) !== ''));
    const rows = measured.map((each) => told.map(([, cell]) => cell(each)));
    lines.push(...table([told.map(([head]) => head), ...rows]), '');
  }
  const chui = measured.find(({ role }) => role === 'chui');
  for (const other of chui ? measured.filter(({ role }) => role !== 'chui') : []) {
    const { overall, rounds } = speed(chui!.rounds, other.rounds);
    if (other.role === 'floor') {
      lines.push(`${other.name} take ${(100 * overall).toFixed(0)} % of chui's time`);
      continue;
    }
    if (other.role === 'core') {
      const { overall, rounds } = speed(other.rounds, chui!.rounds);
      const byRound = `by round ${excess(rounds.median)}, ${excess(rounds.least)} – ${excess(rounds.largest)}`;
      lines.push(`chui takes ${excess(overall)} longer than ${other.name} (${byRound})`);
      continue;
    }
    const byRound = `by round ${ratio(rounds.median)}, ${ratio(rounds.least)} – ${ratio(rounds.largest)}`;
    const memory = `with ${ratio(chui!.peakBytes / other.peakBytes)} × its memory`;
    lines.push(`chui is ${ratio(overall)} × as fast as ${other.name} (${byRound}) ${memory}`);
  }
  return [...lines, ...missing, ...failed];
}
