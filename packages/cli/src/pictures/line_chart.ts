import { escapeHtml } from './escape_html.js';

/** Values that an axis spans, the marks on it included. */
interface Axis {
  from: number;
  to: number;
  marks: { at: number; text: string }[];
}

export interface LineChart {
  /** What the chart shows, for those who hear it. */
  label: string;
  x: Axis;
  y: Axis;
  lines: { name: string; points: { x: number; y: number }[] }[];
}

const [WIDTH, HEIGHT] = [640, 260];
/** Of text and axes. */
const INK = '#888';
const COLORS = ['#d8622f', '#2e9e5b', '#2f7ed8'];
/** The rectangle of the lines: their names are above it, the marks to the left and below. */
const [LEFT, TOP, RIGHT, BOTTOM] = [48, 28, 612, 232];

/** A chart as SVG, one colour a line; it reads on light and on dark pages. */
export function lineChart({ label, x, y, lines }: LineChart): string {
  const across = (value: number) => (LEFT + ((RIGHT - LEFT) * (value - x.from)) / (x.to - x.from)).toFixed(1);
  const down = (value: number) => (BOTTOM - ((BOTTOM - TOP) * (value - y.from)) / (y.to - y.from)).toFixed(1);
  const marks = [
    ...x.marks.map(({ at, text }) => mark(across(at), HEIGHT - 10, 'middle', text)),
    ...y.marks.map(({ at, text }) => mark(LEFT - 6, down(at), 'end', text)),
  ];
  const drawn = lines.map(({ name, points }, i) => {
    const color = COLORS[i % COLORS.length]!;
    const path = points.map((point) => `${across(point.x)},${down(point.y)}`).join(' ');
    const dots = points.map((point) => `<circle cx="${across(point.x)}" cy="${down(point.y)}" r="2.5"/>`);
    return `<g fill="${color}"><polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}
<text x="${LEFT + 8 + 190 * i}" y="14">${escapeHtml(name)}</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">
<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="${INK}" stroke-opacity=".5"/>
${marks.join('\n')}
${drawn.join('\n')}
</svg>
`;
}

function mark(x: string | number, y: string | number, anchor: string, text: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
}
