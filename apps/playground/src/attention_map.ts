import type { AttentionMap, Translation } from '@chui/models';

/** What of a translation's attention is shown; without a head, the mean of all heads. */
export interface AttentionView {
  layer: number;
  head?: number;
}

function weightsOf({ values, heads, steps, slots }: AttentionMap, step: number, slot: number): number[] {
  return Array.from({ length: heads }, (_, head) => values[(head * steps + step) * slots + slot]!);
}

function heading(text: string, scope: 'col' | 'row'): HTMLTableCellElement {
  const cell = document.createElement('th');
  cell.scope = scope;
  cell.textContent = text;
  return cell;
}

function weightCell(weight: number): HTMLTableCellElement {
  const cell = document.createElement('td');
  const text = document.createElement('span');
  text.className = 'for-listeners';
  text.textContent = weight.toFixed(3);
  cell.title = text.textContent;
  cell.style.setProperty('--weight', String(weight));
  cell.append(text);
  return cell;
}

/** A layer's attention as a table: a row for each token written, a column for each token read. */
export function attentionTable(
  { sourceTokens, targetTokens, crossAttentions = [] }: Translation,
  { layer, head }: AttentionView,
): HTMLTableElement {
  const map = crossAttentions[layer]!;
  const table = document.createElement('table');
  const header = table.createTHead().insertRow();
  header.append(document.createElement('td'), ...sourceTokens.map((token) => heading(token, 'col')));
  const body = table.createTBody();
  targetTokens.forEach((token, step) => {
    const row = body.insertRow();
    row.append(heading(token, 'row'));
    sourceTokens.forEach((_, slot) => {
      const weights = weightsOf(map, step, slot);
      const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
      row.append(weightCell(head === undefined ? mean : weights[head]!));
    });
  });
  return table;
}
