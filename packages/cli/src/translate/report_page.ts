import type { AttentionTable } from '@chui/models';
import { escapeHtml, lineChart, lineChartStyle } from '@chui/training';
import { attentionHtml, attentionStyle } from '../pictures/attention_html.js';
import { type LengthScores, lengthRows, lengthScores, type ModelResult, resultRows } from './results.js';

/** A source text and what each model made of it. */
export interface ReportExample {
  source: string;
  expected?: string;
  outputs: { model: string; text: string; maps: { label: string; table: AttentionTable }[] }[];
}

/** Everything that the page shows. */
export interface Report {
  title: string;
  /** What was learned from what, one sentence. */
  summary: string;
  results: ModelResult[];
  examples: ReportExample[];
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b4b8f; --line: #8884; font: 16px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ink: #8fbcff; } }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
.results th, .results td { padding: .25rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
.results th:first-child, .results td:first-child { text-align: left; }
${lineChartStyle}
.maps { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
figure { margin: 0; }
figcaption { font-size: .85rem; opacity: .8; }
${attentionStyle}
.wrong { text-decoration: underline wavy #c33; }
`;

/** One HTML page, complete in itself: results, loss curves, scores by length, attention maps. */
export function reportPage({ title, summary, results, examples }: Report): string {
  const byLength = lengthScores(results);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(summary)}</p>
${resultTable(resultRows(results))}
<h2>Loss on unseen data</h2>
${lossCurves(results)}
${byLength ? lengthSection(byLength) : ''}
<h2>Where the models look</h2>
<p>A row is what the model says, a column what it reads; the darker a cell, the more weight. Point at a cell for the
number.</p>
${examples.map(exampleSection).join('\n')}
</html>
`;
}

function resultTable([head, ...rows]: string[][]): string {
  return `<table class="results">
<thead><tr>${head!.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`).join('\n')}</tbody>
</table>`;
}

function exampleSection({ source, expected, outputs }: ReportExample): string {
  const figure = (caption: string, table: AttentionTable) =>
    `<figure>${attentionHtml(table)}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
  const figures = outputs.map(({ model, maps: [all, ...heads] }) => {
    if (!all) return '';
    const parts = heads.map(({ label, table }) => figure(label, table));
    const more = `<details><summary>each head</summary><div class="maps">${parts.join('')}</div></details>`;
    return `<div>${figure(heads.length > 0 ? `${model}, ${all.label}` : model, all.table)}${parts.length > 0 ? more : ''}</div>`;
  });
  const lines = outputs.map(({ model, text }) => {
    const wrong = expected !== undefined && text !== expected ? ' class="wrong"' : '';
    return `<li>${escapeHtml(model)}: <span${wrong}>${escapeHtml(text)}</span></li>`;
  });
  return `<section>
<h3>${escapeHtml(source)}${expected === undefined ? '' : ` → ${escapeHtml(expected)}`}</h3>
<ul>${lines.join('')}</ul>
<div class="maps">${figures.join('\n')}</div>
</section>`;
}

/** Loss over seconds, one line a model, on a logarithmic scale. */
function lossCurves(results: ModelResult[]): string {
  const lines = results.map(({ name, curve }) => ({
    name,
    points: curve.map(({ seconds, loss }) => [seconds, Math.max(loss, 1e-6)] as const),
  }));
  if (lines.every(({ points }) => points.length === 0)) return '<p>No evaluation was made.</p>';
  return lineChart({
    label: 'Loss over training time',
    x: { name: 'second' },
    y: { logarithmic: true },
    lines,
  });
}

/** Scores over groups of lengths, one line a model, and as a table. */
function lengthSection(byLength: LengthScores): string {
  const { title, groups, models } = byLength;
  const highest = Math.max(...models.flatMap(({ scores }) => scores));
  const top = 10 * Math.max(1, Math.ceil(highest / 10));
  const chart = lineChart({
    label: title,
    x: { span: [-0.5, groups.length - 0.5], marks: groups.map(({ label }, at) => ({ at, text: label })) },
    y: { span: [0, top] },
    lines: models.map(({ name, scores }) => ({ name, points: scores.map((y, x) => [x, y] as const) })),
  });
  return `<h2>${escapeHtml(title)}</h2>
${chart}
${resultTable(lengthRows(byLength))}`;
}
