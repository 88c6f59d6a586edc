import type { AttentionTable } from '@chui/models';
import { escapeHtml } from '@chui/training';

/** How the tables of `attentionHtml` look on a page whose `--ink` is the colour of all weight and `--line` that of lines. */
export const attentionStyle = `.map td, .map th { width: 1.25rem; height: 1.25rem; padding: 0; font: .8rem/1 ui-monospace, monospace; text-align: center; }
.map th.target { padding-right: .4rem; text-align: right; }
.map td { border: 1px solid var(--line); background: color-mix(in srgb, var(--ink) calc(var(--w) * 100%), transparent); }`;

/** Attention as a table of HTML, whose cells tell their weights when they are pointed at. */
export function attentionHtml({ sourceTokens, targetTokens, weights }: AttentionTable): string {
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
