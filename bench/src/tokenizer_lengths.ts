import { readFileSync } from 'node:fs';
import { Tokenizer } from '@chui/tokenizer';
import { median } from './statistics.js';

/** What encoding one word takes. */
export interface WordOfLength {
  readonly characters: number;
  readonly milliseconds: number;
  readonly tokens: number;
}

/**
 * Times encoding one word without spaces, of random letters, over lengths.
 *
 * @param file path of a tokenizer.json; its truncation and padding are left out
 */
export function timeLengths(file: string, lengths: readonly number[]): WordOfLength[] {
  const json = JSON.parse(readFileSync(file, 'utf8'));
  const tokenizer = Tokenizer.fromJSON({ ...json, truncation: null, padding: null });
  return lengths.map((characters) => {
    const word = letters(characters);
    const times: number[] = [];
    let tokens = 0;
    for (let i = 0; i < 8; i++) {
      const started = performance.now();
      tokens = tokenizer.encode(word).length;
      if (i > 0) times.push(performance.now() - started);
    }
    return { characters, milliseconds: median(times), tokens };
  });
}

/** Letters a to z in no order, the same each time. */
function letters(count: number): string {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return 97 + ((state >>> 16) % 26);
  };
  return Array.from({ length: count }, () => String.fromCharCode(next())).join('');
}

/** A line for each length, and what a character takes. */
export const lengthsReport = (words: readonly WordOfLength[]): string[] =>
  words.map(({ characters, milliseconds, tokens }) => {
    const each = ((1e6 * milliseconds) / characters).toFixed(0);
    const [length, count] = [characters, tokens].map((value) => value.toLocaleString('en-US').padStart(9));
    return `${length} characters ${milliseconds.toFixed(1).padStart(8)} ms ${count} tokens, ${each} ns a character`;
  });
