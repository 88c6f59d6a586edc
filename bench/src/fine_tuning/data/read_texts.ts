import { readJsonl, readTable, readText } from '@chui/training';
import type { Column } from '../options.js';
import { all, type Grouped, type Read } from './rows.js';

/** A text, or a pair, and its class. */
export interface LabelledText extends Grouped {
  readonly text: string;
  readonly pair?: string;
  readonly label: string;
}

export interface ReadTextsOptions {
  /** 0 in tables, `text` in files of objects by default. */
  readonly textColumn?: Column | undefined;
  readonly textPairColumn?: Column | undefined;
  /** 1 in tables, `label` in files of objects by default. */
  readonly labelColumn?: Column | undefined;
  readonly groupColumn?: string | undefined;
  /** The classes that there may be; any by default. */
  readonly labels?: readonly string[] | undefined;
  /** Takes texts that stand between quotes, with quotes doubled within, out of them. */
  readonly unquote?: boolean | undefined;
  /** Leaves out rows that cannot be read, and counts them; if not, they are errors. */
  readonly skipBroken?: boolean | undefined;
}

/**
 * Labelled texts of a file: .json and .jsonl with an object a line; others with values between tabs, .csv between commas. Tables
 * have no line of names, unless a column is given by name.
 *
 * @throws Error of one line naming the file, the row and the rule.
 */
export async function readTexts(path: string, options: ReadTextsOptions): Promise<Read<LabelledText>> {
  const broken: string[] = [];
  const refuse = (error: Error): void => {
    if (!options.skipBroken) throw error;
    broken.push(error.message);
  };
  const areObjects = /\.jsonl?$/i.test(path);
  const { textColumn = areObjects ? 'text' : 0, labelColumn = areObjects ? 'label' : 1 } = options;
  const { textPairColumn, groupColumn } = options;
  const hasNames = [textColumn, textPairColumn, labelColumn].some((column) => typeof column === 'string');
  const raw = areObjects ? readJsonl(path, { onBroken: refuse }) : readLines(path, hasNames, refuse);
  const rows: LabelledText[] = [];
  let number = 0;
  for await (const row of raw as AsyncIterable<Record<string, unknown>>) {
    const what = `${path}: row ${++number} of those with all columns`;
    try {
      const textOf = (column: Column) => {
        const text = cellOf(row, column, what);
        return options.unquote ? unquoted(text) : text;
      };
      rows.push({
        text: textOf(textColumn),
        ...(textPairColumn !== undefined && { pair: textOf(textPairColumn) }),
        label: labelOf(cellOf(row, labelColumn, what), options.labels, what),
        ...(groupColumn !== undefined && { group: cellOf(row, groupColumn, what) }),
      });
    } catch (error) {
      refuse(error as Error);
    }
  }
  if (rows.length === 0) throw new Error(`${path} must have a labelled text, but has none`);
  return { rows, facts: factsOf(path, rows, broken) };
}

/** The rows of a table; without names its columns are called 0, 1 …, as many as its first line has. */
async function* readLines(path: string, hasNames: boolean, onBroken: (error: Error) => void) {
  const delimiter = /\.csv$/i.test(path) ? ',' : '\t';
  const options = { delimiter, onBroken };
  if (hasNames) return yield* readTable(path, options);
  for await (const line of readText(path)) {
    const columns = line.split(delimiter).map((_, place) => String(place));
    return yield* readTable(path, { ...options, columns });
  }
}

function cellOf(row: Record<string, unknown>, column: Column, what: string): string {
  const value = row[column];
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new Error(
    `${what} must have a text or number in column ${column}, but has ${JSON.stringify(value) ?? 'none'}`,
  );
}

function labelOf(label: string, labels: readonly string[] | undefined, what: string): string {
  if (!labels || labels.includes(label)) return label;
  throw new Error(`${what} must have a label of ${labels.join(', ')}, but has ${JSON.stringify(label)}`);
}

/** A value of CSV without its quotes; what has none around it stays. */
function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}

function factsOf(path: string, rows: readonly LabelledText[], broken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, n]) => `${label} ${n}`);
  const such = [...new Set([broken[0], broken.at(-1)])].join('; ');
  return [
    `${path}: ${rows.length} texts (${classes.join(', ')})`,
    ...(broken.length > 0 ? [`${path}: ${broken.length} rows are left out, such as ${such}`] : []),
  ];
}

/** Rows of a question, choices and the right one's number, as a file of objects has them. */
export async function readChoices(
  path: string,
  groupColumn?: string,
): Promise<Read<Grouped & Record<string, unknown>> & { columns: readonly string[] }> {
  const found = await all<Record<string, unknown>>(
    /\.jsonl?$/i.test(path) ? readJsonl(path) : readTable(path),
  );
  const columns = Object.keys(found[0] ?? {}).filter((name) => /^(choice|ending)_?\d+$/.test(name));
  if (columns.length < 2) {
    throw new Error(`${path} must have columns choice0, choice1, …, two at least, but has ${columns.length}`);
  }
  const rows = found.map((row, index) => ({
    ...row,
    ...(groupColumn !== undefined && {
      group: cellOf(row, groupColumn, `${path}: row ${index + 1}`),
    }),
  }));
  return { rows, columns, facts: [`${path}: ${rows.length} questions of ${columns.length} choices`] };
}
