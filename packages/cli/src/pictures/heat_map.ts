import { escapeHtml } from '@chui/training';

/** Weights of an attention to draw: one row a query, one column a slot. */
export interface Panel {
  title?: string;
  /** Names of the queries. */
  rows: readonly string[];
  /** Names of the slots. */
  columns: readonly string[];
  /** From 0 to 1, or from −1 where they may be negative. */
  weights: readonly (readonly number[])[];
  /** Row and column of a cell to frame. */
  framed?: readonly [row: number, column: number];
}

const cell = 18;
const gap = 24;
/** Width of a letter, about. */
const letter = 7;
const colors = { positive: '#2f7ed8', negative: '#d8622f', ink: '#888' };

const widthOf = (text: string) => [...text].reduce((sum, each) => sum + (each > '\u2e80' ? 11.5 : letter), 0);
const widest = (names: readonly string[]) => Math.ceil(Math.max(0, ...names.map(widthOf)));

/**
 * A picture of attention weights as SVG, panels side by side, the darker the more weight; it reads on light and on dark pages.
 * The same weights, to a hundredth, give the same text.
 *
 * @param label what the picture shows, for those who hear it
 */
export function heatMap(label: string, panels: readonly Panel[]): string {
  const titled = panels.some(({ title }) => title);
  const top = Math.max(...panels.map(({ columns }) => widest(columns))) + (titled ? 24 : 8);
  let [x, rows]: [number, readonly string[]] = [0, []];
  const drawn = panels.map((panel, index) => {
    const named = panel.rows.join() !== rows.join();
    rows = panel.rows;
    x += (index > 0 ? gap : 0) + (named ? widest(rows) + 8 : 0);
    const text = drawPanel(panel, { x, y: top, named });
    x += Math.max(panel.columns.length * cell, widthOf(panel.title ?? '') + 4);
    return text;
  });
  const [width, height] = [
    Math.ceil(x) + 2,
    top + Math.max(...panels.map((panel) => panel.rows.length)) * cell + 2,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}" font-family="system-ui, sans-serif" font-size="11" fill="${colors.ink}">
${drawn.join('\n')}
</svg>
`;
}

/** One panel, whose cells begin at x and y. */
function drawPanel(
  { title, rows, columns, weights, framed }: Panel,
  { x, y, named }: { x: number; y: number; named: boolean },
): string {
  const [wide, high] = [columns.length * cell, rows.length * cell];
  const rect = (from: [number, number], size: [number, number], style: string) =>
    `<rect x="${from[0]}" y="${from[1]}" width="${size[0]}" height="${size[1]}" ${style}/>`;
  const names = rows.map(
    (name, row) =>
      `<text x="${x - 6}" y="${y + row * cell + 13}" text-anchor="end">${escapeHtml(name)}</text>`,
  );
  const heads = columns.map((name, column) => {
    const [left, base] = [x + column * cell + 13, y - 5];
    return `<text x="${left}" y="${base}" transform="rotate(-90 ${left} ${base})">${escapeHtml(name)}</text>`;
  });
  return [
    title ? `<text x="${x}" y="12" font-weight="bold">${escapeHtml(title)}</text>` : '',
    ...(named ? names : []),
    ...heads,
    rect([x - 0.5, y - 0.5], [wide, high], `fill-opacity=".06" stroke="${colors.ink}" stroke-opacity=".5"`),
    ...drawCells(weights, x, y),
    framed
      ? rect(
          [x + framed[1] * cell - 0.5, y + framed[0] * cell - 0.5],
          [cell, cell],
          `fill="none" stroke="${colors.ink}" stroke-width="2"`,
        )
      : '',
  ]
    .filter(Boolean)
    .join('\n');
}

/** Of a share in hundredths; little is raised, to be seen too. */
const opacityOf = (share: number) => Math.round(100 * (Math.abs(share) / 100) ** 0.7) / 100;

/** A path for each weight that is drawn, of all cells that have it. */
function drawCells(weights: Panel['weights'], x: number, y: number): string[] {
  const cells = new Map<number, string>();
  weights.forEach((row, i) => {
    row.forEach((weight, j) => {
      const share = Math.max(-100, Math.min(100, Math.round(weight * 100)));
      const square = `M${x + j * cell} ${y + i * cell}h${cell - 1}v${cell - 1}h-${cell - 1}z`;
      cells.set(share, (cells.get(share) ?? '') + square);
    });
  });
  return [...cells]
    .filter(([share]) => share !== 0)
    .sort(([a], [b]) => a - b)
    .map(([share, squares]) => {
      const color = share > 0 ? colors.positive : colors.negative;
      return `<path fill="${color}" fill-opacity="${opacityOf(share)}" d="${squares}"/>`;
    });
}
