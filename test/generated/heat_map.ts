/** Weights of an attention to draw: one row a query, one column a slot, each from 0 to 1. */
export interface HeatMap {
  /** What the picture shows, for those who hear it. */
  label: string;
  /** Names of the queries. */
  rows: readonly string[];
  /** Names of the slots. */
  columns: readonly string[];
  /** Side by side, as of heads. */
  maps: readonly { title?: string; weights: readonly (readonly number[])[] }[];
}

const cell = 18;
const font = 'font-family="system-ui, sans-serif" font-size="11"';
/** Width of a letter, about. */
const letter = 6.2;

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const widest = (names: readonly string[]) =>
  Math.ceil(
    Math.max(
      ...names.map((name) => [...name].reduce((sum, each) => sum + (each > '\u2e80' ? 11.5 : letter), 0)),
    ),
  );

/**
 * A picture of attention weights as SVG, the darker the more weight; it reads on light and on dark pages. The same weights, to
 * a hundredth, give the same text.
 */
export function heatMap({ label, rows, columns, maps }: HeatMap): string {
  const [left, top] = [widest(rows) + 8, widest(columns) + 8 + (maps.some(({ title }) => title) ? 16 : 0)];
  const gap = 24;
  const wide = columns.length * cell;
  const width = left + maps.length * wide + (maps.length - 1) * gap + 2;
  const height = top + rows.length * cell + 2;
  const names = rows.map(
    (name, row) =>
      `<text x="${left - 6}" y="${top + row * cell + 13}" text-anchor="end">${escaped(name)}</text>`,
  );
  const drawn = maps.map(({ title, weights }, index) => {
    const from = left + index * (wide + gap);
    const heads = columns.map((name, column) => {
      const [x, y] = [from + column * cell + 13, top - 5];
      return `<text x="${x}" y="${y}" transform="rotate(-90 ${x} ${y})">${escaped(name)}</text>`;
    });
    const cells = weights.flatMap((row, i) =>
      row.map((weight, j) => {
        const share = Math.round(weight * 100);
        const place = `x="${from + j * cell}" y="${top + i * cell}" width="${cell - 1}" height="${cell - 1}"`;
        return share <= 0 ? '' : `<rect ${place} fill-opacity="${Math.min(share, 100) / 100}"/>`;
      }),
    );
    const frame = `<rect x="${from - 0.5}" y="${top - 0.5}" width="${wide}" height="${rows.length * cell}" fill="none" stroke="#888" stroke-opacity=".5"/>`;
    const heading = title ? `<text x="${from}" y="12" font-weight="bold">${escaped(title)}</text>` : '';
    return [heading, ...heads, `<g fill="#2f7ed8">${cells.filter(Boolean).join('\n')}</g>`, frame]
      .filter(Boolean)
      .join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}" ${font} fill="#888">
${names.join('\n')}
${drawn.join('\n')}
</svg>
`;
}
