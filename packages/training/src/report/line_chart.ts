import { escapeHtml } from './escape_html.js';
import { numberText } from './number_text.js';
import { linearScale, logScale, type Mark, type Scale } from './scale.js';
import { type Point, thin } from './thin.js';

/** An axis; what is not given follows from the points. */
export interface ChartAxis {
  /** Of what the values are, such as `step`; stands before a value that is pointed at. */
  readonly name?: string;
  /** The first and the last value. */
  readonly span?: readonly [from: number, to: number];
  readonly marks?: readonly Mark[];
  /** Whether each power of ten takes the same room; all values are above 0 then. */
  readonly logarithmic?: boolean;
}

export interface ChartLine {
  readonly name: string;
  /** By rising x, all finite. */
  readonly points: readonly Point[];
  /** From 0 to 3, its place in `lines` if not given. */
  readonly color?: number;
}

export interface LineChart {
  /** What the chart shows, for those who hear it. */
  readonly label: string;
  readonly x?: ChartAxis;
  readonly y?: ChartAxis;
  /** At least one point in all. */
  readonly lines: readonly ChartLine[];
}

/** What a page with charts has in its style, so that values show where a chart is pointed at. */
export const lineChartStyle = `.chart { display: block; width: 100%; max-width: 44rem; height: auto; }
.chart .at:hover { visibility: visible; }
.chart:has(.at:hover) .names { visibility: hidden; }`;

const [WIDTH, HEIGHT] = [540, 240];
const COLORS = ['#2f7ed8', '#d8622f', '#2e9e5b', '#9b5fc0'];
/** The rectangle of the lines: their names are above it, the marks to the left and below. */
const [LEFT, TOP, RIGHT, BOTTOM] = [48, 28, 520, 214];
/** At most so many points of a line are drawn, and as dots if they are few. */
const [POINTS, DOTS] = [120, 40];

/**
 * A chart as SVG, in the colour of the text around it and one more for each line. Of many points, the mean of each stretch
 * is drawn within a band from its lowest to its highest; with `lineChartStyle` the values at the place that is pointed at
 * stand above the lines.
 */
export function lineChart({ label, x = {}, y = {}, lines: given }: LineChart): string {
  const lines = given.map(({ name, points, color }, i) => ({
    name,
    points: thin(points, POINTS),
    color: COLORS[(color ?? i) % COLORS.length]!,
  }));
  const [xScale, yScale] = [scaleOf(x, lines, 0), scaleOf(y, lines, 1)];
  const across = (value: number) => Number((LEFT + (RIGHT - LEFT) * xScale.place(value)).toFixed(1));
  const down = (value: number) => Number((BOTTOM - (BOTTOM - TOP) * yScale.place(value)).toFixed(1));
  const placed = lines.map((line) => ({
    ...line,
    points: line.points.map(([at, value, low = value, high = value]) => {
      return { at, value, low, high, x: across(at), y: down(value), bottom: down(low), top: down(high) };
    }),
  }));
  const text = { x: (at: number) => textOf(x, at), y: (at: number) => textOf(y, at) };
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}" font-family="system-ui, sans-serif" font-size="11" fill="currentColor">
${grid(xScale, yScale, across, down)}
${placed.map(drawLine).join('\n')}
${lines.length > 1 ? `<g class="names">${names(lines)}</g>` : ''}
<g visibility="hidden" pointer-events="all">
${readings(placed, text)}
</g>
</svg>
`;
}

/** A point with its places on the chart. */
interface Placed {
  at: number;
  value: number;
  low: number;
  high: number;
  x: number;
  y: number;
  bottom: number;
  top: number;
}
type PlacedLine = { name: string; color: string; points: Placed[] };

function scaleOf(axis: ChartAxis, lines: readonly { points: Point[] }[], which: 0 | 1): Scale {
  const values = lines
    .flatMap(({ points }) => points)
    .flatMap(([at, value, low = value, high = value]) => (which === 0 ? [at] : [low, high]));
  const [low, high] = axis.span ?? [Math.min(...values), Math.max(...values)];
  const scale = axis.logarithmic ? logScale(low, high) : linearScale(low, high, which === 0 || !!axis.span);
  return axis.marks ? { ...scale, marks: axis.marks } : scale;
}

function textOf({ name, marks }: ChartAxis, at: number): string {
  const text = marks?.find((mark) => mark.at === at)?.text ?? numberText(at, name ? 9 : 5, 'standard');
  return name ? `${name} ${text}` : text;
}

function grid(x: Scale, y: Scale, across: (x: number) => number, down: (y: number) => number): string {
  const mark = (left: number, base: number, anchor: string, text: string) =>
    `<text x="${left}" y="${base}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
  const rows = y.marks.map(({ at }) => `M${LEFT} ${down(at)}H${RIGHT}`).join('');
  const ticks = x.marks.map(({ at }) => `M${across(at)} ${BOTTOM}v4`).join('');
  return `<path d="${rows}" fill="none" stroke="currentColor" stroke-opacity=".13"/>
<path d="M${LEFT} ${BOTTOM}H${RIGHT}${ticks}" fill="none" stroke="currentColor" stroke-opacity=".5"/>
<g fill-opacity=".7">${x.marks.map(({ at, text }) => mark(across(at), BOTTOM + 17, 'middle', text)).join('')}
${y.marks.map(({ at, text }) => mark(LEFT - 6, down(at) + 4, 'end', text)).join('')}</g>`;
}

function drawLine({ color, points }: PlacedLine): string {
  const path = points.map(({ x, y }) => `${x},${y}`).join(' ');
  const edge = [
    ...points.map(({ x, top }) => `${x},${top}`),
    ...[...points].reverse().map(({ x, bottom }) => `${x},${bottom}`),
  ].join(' ');
  const band = points.some(isRange) ? `<polygon points="${edge}" fill-opacity=".22"/>` : '';
  const dots = points.length > DOTS ? [] : points.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="2.5"/>`);
  return `<g fill="${color}">${band}<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.8" stroke-linejoin="round"/>${dots.join('')}</g>`;
}

const isRange = ({ low, high }: Placed) => low < high;

const named = (name: string, color: string, value = '') =>
  `<tspan fill="${color}" font-size="14" dx="14">●</tspan><tspan dx="4">${escapeHtml(name)}${value && ` ${value}`}</tspan>`;

function names(lines: readonly { name: string; color: string }[]): string {
  const parts = lines.map(({ name, color }) => named(name, color));
  return `<text x="${LEFT - 14}" y="15">${parts.join('')}</text>`;
}

/** For each x a column that, pointed at, shows the values there. */
function readings(
  lines: readonly PlacedLine[],
  text: { x: (at: number) => string; y: (at: number) => string },
): string {
  const found = new Map<number, { x: number; values: { name: string; color: string; point: Placed }[] }>();
  for (const { name, color, points } of lines) {
    for (const point of points) {
      const there = found.get(point.at) ?? { x: point.x, values: [] };
      there.values.push({ name, color, point });
      found.set(point.at, there);
    }
  }
  const columns = [...found].sort(([a], [b]) => a - b);
  const middle = (i: number) => (columns[i]![1].x + columns[i + 1]![1].x) / 2;
  return columns
    .map(([at, { x, values }], i) => {
      const from = i === 0 ? LEFT : middle(i - 1);
      const to = i === columns.length - 1 ? RIGHT : middle(i);
      const dots = values.map(
        ({ color, point }) => `<circle cx="${point.x}" cy="${point.y}" r="4" fill="${color}"/>`,
      );
      const told = values.map(({ name, color, point }) => {
        const range = isRange(point) ? ` (${text.y(point.low)} to ${text.y(point.high)})` : '';
        return named(name, color, escapeHtml(text.y(point.value) + range));
      });
      return `<g class="at"><rect x="${from.toFixed(1)}" y="${TOP}" width="${(to - from).toFixed(1)}" height="${BOTTOM - TOP}" fill-opacity="0"/><path d="M${x} ${TOP}V${BOTTOM}" stroke="currentColor" stroke-opacity=".35"/>${dots.join('')}<text x="${LEFT}" y="15">${escapeHtml(text.x(at))}${told.join('')}</text></g>`;
    })
    .join('\n');
}
