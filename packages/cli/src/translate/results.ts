/** What training and testing one model gave. */
export interface ModelResult {
  name: string;
  parameters: number;
  /** Wall time of the training, evaluations included. */
  seconds: number;
  steps: number;
  /** Largest resident memory of the process that trained the model, in bytes. */
  peakMemory: number;
  /** Share of test texts that come out exactly right. */
  exactMatch: number;
  /** Corpus BLEU on the test texts, by words as they stand and by characters; not for dates. */
  bleu?: number;
  bleuCharacters?: number;
  /** Loss on the dev set over the training time. */
  curve: { seconds: number; step: number; loss: number }[];
}

/** The table of results, its head first. */
export function resultRows(results: ModelResult[]): string[][] {
  const withBleu = results.some(({ bleu }) => bleu !== undefined);
  const head = [
    'model',
    'exact match',
    ...(withBleu ? ['BLEU', 'BLEU by character'] : []),
    'parameters',
    'seconds',
    'peak memory',
  ];
  const rows = results.map(({ name, exactMatch, bleu, bleuCharacters, parameters, seconds, peakMemory }) => [
    name,
    `${(100 * exactMatch).toFixed(1)} %`,
    ...(withBleu ? [bleu, bleuCharacters].map((score) => score?.toFixed(2) ?? '') : []),
    parameters.toLocaleString('en'),
    seconds.toFixed(1),
    `${Math.round(peakMemory / 1e6)} MB`,
  ]);
  return [head, ...rows];
}

/** Rows as aligned text: the first column to the left, the others to the right. */
export function textTable(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n');
}
