import type { AttentionTable } from '@chui/models';
import stringWidth from 'string-width';

const SHADES = [' ', '░', '▒', '▓', '█'] as const;
/** A weight at or above the i-th bound has at least the (i + 1)-th shade. */
const BOUNDS = [0.05, 0.2, 0.4, 0.65];

/**
 * Attention drawn with text: one line a target token, two columns a source token, darker where more is attended to.
 *
 * @param columns width of the terminal; what does not fit is cut off with an ellipsis
 */
export function attentionText(
  { sourceTokens, targetTokens, weights }: AttentionTable,
  columns: number,
): string {
  const label = Math.max(...targetTokens.map((token) => stringWidth(shown(token))));
  const cell = Math.max(2, ...sourceTokens.map((token) => (isMark(token) ? 2 : stringWidth(token) + 1)));
  const fitting = Math.max(1, Math.floor((columns - label - 3) / cell));
  const cut = sourceTokens.length > fitting;
  const header = sourceTokens.slice(0, fitting).map((token) => pad(isMark(token) ? '·' : token, cell));
  const lines = [`${' '.repeat(label + 1)} ${header.join('')}${cut ? '…' : ''}`];
  targetTokens.forEach((token, row) => {
    const cells = weights[row]!.slice(0, fitting).map((weight) => shade(weight).repeat(cell));
    const name = shown(token);
    lines.push(`${' '.repeat(label - stringWidth(name))}${name} │${cells.join('')}`);
  });
  return lines.map((line) => line.trimEnd()).join('\n');
}

function shade(weight: number): string {
  const passed = BOUNDS.filter((bound) => weight >= bound).length;
  return SHADES[passed]!;
}

/** Begin, end and padding, which are no text. */
function isMark(token: string): boolean {
  return /^\[(PAD|UNK|BOS|EOS)\]$/.test(token);
}

function shown(token: string): string {
  return isMark(token) ? token.slice(1, -1).toLowerCase() : token;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}
