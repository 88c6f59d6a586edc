import type { AttentionTable } from '@chui/models';

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

/** Attention as a table for people: a row for each token written, a column for each token read, darker for more. */
export function attentionMap({ sourceTokens, targetTokens, weights }: AttentionTable): HTMLTableElement {
  const table = document.createElement('table');
  const header = table.createTHead().insertRow();
  header.append(document.createElement('td'), ...sourceTokens.map((token) => heading(token, 'col')));
  const body = table.createTBody();
  targetTokens.forEach((token, step) => {
    body.insertRow().append(heading(token, 'row'), ...weights[step]!.map(weightCell));
  });
  return table;
}
