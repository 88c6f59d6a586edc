import type { AttentionTable } from '@chui/models';
import { type ModelResult, resultRows } from './results.js';

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
.curves { width: 100%; max-width: 44rem; height: auto; }
.curves text { fill: currentColor; font-size: 11px; }
.maps { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
figure { margin: 0; }
figcaption { font-size: .85rem; opacity: .8; }
.map td, .map th { width: 1.25rem; height: 1.25rem; padding: 0; font: .8rem/1 ui-monospace, monospace; text-align: center; }
.map th.target { padding-right: .4rem; text-align: right; }
.map td { border: 1px solid var(--line); background: color-mix(in srgb, var(--ink) calc(var(--w) * 100%), transparent); }
.wrong { text-decoration: underline wavy #c33; }
`;

/** One HTML page, complete in itself: results, loss curves, attention maps. */
export function reportPage({ title, summary, results, examples }: Report): string {
  const [head, ...rows] = resultRows(results);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(summary)}</p>
<table class="results">
<thead><tr>${head!.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`).join('\n')}</tbody>
</table>
<h2>Loss on unseen data</h2>
${lossCurves(results)}
<h2>Where the models look</h2>
<p>A row is what the model says, a column what it reads; the darker a cell, the more weight. Point at a cell for the
number.</p>
${examples.map(exampleSection).join('\n')}
</html>
`;
}

function exampleSection({ source, expected, outputs }: ReportExample): string {
  const figure = (caption: string, table: AttentionTable) =>
    `<figure>${attentionMap(table)}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
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

function attentionMap({ sourceTokens, targetTokens, weights }: AttentionTable): string {
  const head = sourceTokens.map((token) => `<th scope="col">${escapeHtml(token)}</th>`).join('');
  const rows = targetTokens.map((target, row) => {
    const cells = weights[row]!.map((weight, column) => {
      const about = `${target} ← ${sourceTokens[column]}: ${weight.toFixed(3)}`;
      return `<td style="--w:${weight.toFixed(3)}" title="${escapeHtml(about)}"></td>`;
    });
    return `<tr><th class="target" scope="row">${escapeHtml(target)}</th>${cells.join('')}</tr>`;
  });
  return `<table class="map"><tr><td></td>${head}</tr>\n${rows.join('\n')}</table>`;
}

/** Loss over seconds, one line a model, on a logarithmic scale. */
function lossCurves(results: ModelResult[]): string {
  const [width, height, left, bottom] = [640, 240, 48, 28];
  const points = results.flatMap(({ curve }) => curve);
  if (points.length === 0) return '<p>No evaluation was made.</p>';
  const longest = Math.max(...points.map(({ seconds }) => seconds), 1);
  const logs = points.map(({ loss }) => Math.log10(Math.max(loss, 1e-6)));
  const [low, high] = [Math.min(...logs), Math.max(...logs, Math.min(...logs) + 0.1)];
  const x = (seconds: number) => left + ((width - left - 8) * seconds) / longest;
  const y = (loss: number) =>
    8 + ((height - bottom - 8) * (high - Math.log10(Math.max(loss, 1e-6)))) / (high - low);
  const lines = results.map(({ name, curve }, i) => {
    const color = `hsl(${(i * 360) / results.length} 70% 50%)`;
    const path = curve.map(({ seconds, loss }) => `${x(seconds).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>
<text x="${width - 150}" y="${20 + 16 * i}" style="fill:${color}">${escapeHtml(name)}</text>`;
  });
  const marks = [low, (low + high) / 2, high].map((log) => {
    const value = 10 ** log;
    return `<text x="4" y="${y(value).toFixed(1)}">${value.toPrecision(2)}</text>`;
  });
  return `<svg class="curves" viewBox="0 0 ${width} ${height}" role="img" aria-label="Loss over training time">
<path d="M${left} 8V${height - bottom}H${width - 8}" fill="none" stroke="currentColor" opacity=".4"/>
${marks.join('')}${lines.join('\n')}
<text x="${left}" y="${height - 8}">0 s</text><text x="${width - 60}" y="${height - 8}">${Math.round(longest)} s</text>
</svg>`;
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character]!);
}
