import { escapeHtml } from './escape_html.js';
import { type ChartLine, lineChart, lineChartStyle } from './line_chart.js';
import { numberText } from './number_text.js';
import type { Point } from './thin.js';
import type { TrainingHistory } from './training_history.js';
import { duration, gibibytes, speed } from './units.js';

const STYLE = `
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --line: #8883; --faint: #666; --good: #1f7a44; --bad: #b3261e; --busy: #1d5fb8; font: 15px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --back: #15181c; --card: #1e2227; --faint: #9aa3ad; --good: #5fce8d; --bad: #ff8a80; --busy: #86b7ff; } }
body { max-width: 78rem; margin: 2rem auto; padding: 0 1rem; background: var(--back); color: CanvasText; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
.state { color: var(--faint); margin: .2rem 0 1.2rem; }
.state b { color: var(--busy); } .state .completed { color: var(--good); } .state .failed { color: var(--bad); }
.card, .facts > div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .7rem; margin: 0; }
.facts > div { padding: .5rem .8rem; }
dt { font-size: .8rem; color: var(--faint); } dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; } dd small { display: block; font-size: .8rem; color: var(--faint); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: .9rem; }
figure { margin: 0; padding: .7rem .9rem .4rem; } figcaption { font-weight: 600; }
${lineChartStyle}
.card.table { padding: .3rem .9rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:last-child > * { border-bottom: 0; } th { font-weight: 600; } .evaluations td, .evaluations th { white-space: nowrap; } .best td { color: var(--good); font-weight: 600; } .args th { width: 14rem; font-weight: 400; color: var(--faint); } .args td { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; color: var(--bad); } .sample pre { color: inherit; border-top: 1px solid var(--line); padding-top: .5rem; }
`;

/**
 * A training as one HTML page without script, complete in itself. While the training runs, the page loads itself anew
 * every `refreshSeconds`. The history is in it too: see `historyIn`.
 *
 * Its charts are SVG of our own: a plotting library (@observablehq/plot) needs a document to draw in, which Node has not,
 * or a script in the page.
 */
export function trainingPage(
  history: TrainingHistory,
  { title, refreshSeconds, now }: { title: string; refreshSeconds: number; now: Date },
): string {
  const refresh = history.ending ? '' : `\n<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">${refresh}
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
${state(history, now)}
<dl class="facts">${facts(history)}</dl>
<h2>Curves over steps</h2>
<div class="charts">
${charts(history).join('\n') || 'No step is done yet.'}
</div>
${evaluationTable(history)}
${samplesOf(history)}
${argumentTable(history)}
<script type="application/json" id="history">${JSON.stringify(history).replaceAll('<', '\\u003c')}</script>
</html>
`;
}

/** The history that a page of `trainingPage` has in it, as JSON, or undefined where the text is no such page. */
export function historyIn(page: string): string | undefined {
  return /<script type="application\/json" id="history">([^\n]*)<\/script>\n<\/html>\n$/.exec(page)?.[1];
}

const STOPPED = {
  completed: 'Completed',
  maxSeconds: 'Stopped: its time was over',
  patience: 'Stopped: evaluations got no better',
  aborted: 'Stopped by its caller',
};

function state({ ending, start }: TrainingHistory, now: Date): string {
  const words = !ending
    ? '<b>Running</b>'
    : 'error' in ending
      ? '<b class="failed">Failed</b>'
      : `<b class="completed">${STOPPED[ending.stopped]}</b>`;
  const resumed =
    start && start.resumedStep > 0 ? ` · went on at step ${start.resumedStep.toLocaleString('en')}` : '';
  const error = ending && 'error' in ending ? `<pre>${escapeHtml(ending.error)}</pre>` : '';
  const time = `${now.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `<p class="state">${words}${resumed} · written ${time}</p>${error}`;
}

function facts({ start, last, ending, best }: TrainingHistory): string {
  const result = ending && !('error' in ending) ? ending : undefined;
  const count = (value: number) => value.toLocaleString('en');
  const step = result?.steps ?? last?.step ?? start?.resumedStep ?? 0;
  const total = start?.totalSteps === undefined ? '' : `of ${count(start.totalSteps)}`;
  const seconds = result?.seconds ?? last?.seconds;
  const left =
    !ending && last && Number.isFinite(last.secondsLeft) ? `${duration(last.secondsLeft)} left` : '';
  const loss = result?.loss ?? last?.loss;
  const skipped = result?.skippedSteps ?? last?.skippedSteps ?? 0;
  const rows: [name: string, value: string | undefined, more?: string][] = [
    ['Step', count(step), total],
    ['Epoch', (result?.epochs ?? last?.epoch)?.toFixed(2)],
    ['Time', seconds === undefined ? undefined : duration(seconds), left],
    ['Training loss', shown(loss)],
    ['Best evaluation loss', shown(best?.loss), best && `at step ${count(best.step)}`],
    ...Object.entries(best?.metrics ?? {}).map(
      ([name, value]) => [name, shown(value), 'at the best'] as [string, string | undefined, string],
    ),
    ['Speed', last && speed(last)],
    ['Memory', last && Number.isFinite(last.memory) ? gibibytes(last.memory) : undefined],
    ['Skipped steps', skipped > 0 ? count(skipped) : undefined],
    ['Parameters', start && numberText(start.parameters), start && trained(start)],
    ['Backend', start?.backend],
  ];
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value, more]) => {
      const small = more ? ` <small>${escapeHtml(more)}</small>` : '';
      return `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value!)}${small}</dd></div>`;
    })
    .join('');
}

const trained = ({ parameters, trainableParameters }: { parameters: number; trainableParameters: number }) =>
  trainableParameters < parameters ? `${numberText(trainableParameters)} trained` : '';

/** JSON has null where a number was not finite. */
const shown = (value: number | null | undefined) =>
  typeof value === 'number' ? (Number.isFinite(value) ? numberText(value, 5) : String(value)) : undefined;

function charts({ curves, evaluations }: TrainingHistory): string[] {
  const evaluated = (of: (evaluation: (typeof evaluations)[number]) => number | undefined) =>
    evaluations
      .map((evaluation) => [evaluation.step, of(evaluation)] as const)
      .filter((point): point is readonly [number, number] => Number.isFinite(point[1]));
  const names = [...new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)))];
  const inGibibytes = curves.memory.map(([step, bytes, low = bytes, high = bytes]): Point => {
    return [step, bytes / 2 ** 30, low / 2 ** 30, high / 2 ** 30];
  });
  const hasTokens = curves.tokensPerSecond.some(([, value]) => value > 0);
  const all: [title: string, ...lines: ChartLine[]][] = [
    [
      'Loss',
      { name: 'training', points: curves.loss, color: 0 },
      { name: 'evaluation', points: evaluated(({ loss }) => loss), color: 1 },
    ],
    ...names.map((name): [string, ChartLine] => [
      name,
      { name, points: evaluated(({ metrics }) => metrics[name]), color: 1 },
    ]),
    ['Learning rate', { name: 'learning rate', points: curves.learningRate, color: 0 }],
    ['Gradient norm', { name: 'norm', points: curves.gradientNorm, color: 3 }],
    hasTokens
      ? ['Tokens per second', { name: 'tokens/s', points: curves.tokensPerSecond, color: 2 }]
      : ['Examples per second', { name: 'examples/s', points: curves.examplesPerSecond, color: 2 }],
    ['Memory in GiB', { name: 'GiB', points: inGibibytes, color: 2 }],
  ];
  const steps = [...Object.values(curves).flat(), ...evaluations.map(({ step }) => [step])].map(
    ([step]) => step!,
  );
  const span = [Math.min(...steps), Math.max(...steps)] as const;
  return all
    .map(([title, ...lines]) => [title, lines.filter(({ points }) => points.length > 0)] as const)
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => chart(title, lines, span));
}

/** With a logarithmic scale where values lie far apart. */
function chart(title: string, lines: readonly ChartLine[], span: readonly [number, number]): string {
  const values = lines
    .flatMap(({ points }) => points)
    .flatMap(([, value, low = value, high = value]) => [low, high])
    .sort((a, b) => a - b);
  const typical = values[Math.floor(values.length / 20)]!;
  const logarithmic = values[0]! > 0 && title !== 'Learning rate' && values.at(-1)! > 15 * typical;
  const svg = lineChart({
    label: `${title} over steps`,
    x: { name: 'step', span },
    y: { logarithmic },
    lines,
  });
  return `<figure class="card"><figcaption>${escapeHtml(title)}</figcaption>\n${svg}</figure>`;
}

function evaluationTable({ evaluations, best }: TrainingHistory): string {
  if (evaluations.length === 0) return '';
  const names = [...new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)))];
  const head = ['step', 'epoch', 'loss', ...names, 'time', ''];
  const latest = evaluations.slice(-50);
  const cells = (tag: string, row: string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const rows = latest.map((evaluation) => {
    const { step, epoch, loss, metrics, seconds } = evaluation;
    const values = [loss, ...names.map((name) => metrics[name])].map((value) => shown(value) ?? '–');
    const isBest = evaluation === best;
    const row = [
      step.toLocaleString('en'),
      epoch.toFixed(2),
      ...values,
      duration(seconds),
      isBest ? 'best' : '',
    ];
    return `<tr${isBest ? ' class="best"' : ''}>${cells('td', row)}</tr>`;
  });
  const which = evaluations.length > rows.length ? `The last ${rows.length} evaluations` : 'Evaluations';
  return `<h2>${which}</h2>
<div class="card table"><table class="evaluations"><thead><tr>${cells('th', head)}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** The texts of the last evaluations that have some, the newest ones first. */
function samplesOf({ evaluations }: TrainingHistory): string {
  const sampled = evaluations.filter(({ samples }) => samples && samples.length > 0).slice(-SAMPLED);
  if (sampled.length === 0) return '';
  const cards = sampled.reverse().map(({ step, samples }) => {
    const texts = samples!.map((text) => `<pre>${escapeHtml(text)}</pre>`).join('\n');
    return `<figure class="card sample"><figcaption>Step ${step.toLocaleString('en')}</figcaption>\n${texts}</figure>`;
  });
  return `<h2>Samples</h2>\n<div class="charts">\n${cards.join('\n')}\n</div>`;
}

/** Evaluations whose samples are shown. */
const SAMPLED = 6;

function argumentTable({ start }: TrainingHistory): string {
  if (!start) return '';
  const rows = Object.entries(start.args)
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const)
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(text!)}</td></tr>`);
  if (rows.length === 0) return '';
  return `<h2>Arguments</h2>\n<div class="card table"><table class="args">${rows.join('\n')}</table></div>`;
}
