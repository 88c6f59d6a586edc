import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { asPath } from '../finetune/model_source.js';
import { textTable } from '../text_table.js';
import type { RunDirectory } from './run_directory.js';
import type { RunOutcome } from './train_recipe.js';

/** Prints what became of a run: its scores, or that it was stopped; the exit code is then the signal's. */
export async function tellOutcome({ directory, stopped, next }: RunOutcome): Promise<void> {
  const where = relative('', directory.path) || '.';
  if (stopped === 'finished' || stopped === 'before') {
    const again = '; it is left as it is, and another --out trains anew';
    console.log(`${where} ${stopped === 'finished' ? 'is finished' : `was finished before${again}`}`);
    console.log(await scoresOf(directory));
    console.log(`${relative('', directory.of('report'))} has its curves`);
    if (next) console.log(`next: ${next(asPath(where))}`);
    return;
  }
  console.log(`${where} was stopped: the same command goes on`);
  process.exitCode = stopped === 'SIGTERM' ? 143 : 130;
}

/** The numbers of all data sets, or of all parts of one, as a table. */
async function scoresOf(directory: RunDirectory): Promise<string> {
  const { scores } = JSON.parse(await readFile(directory.of('result'), 'utf8'));
  const sets = Object.entries(scores as Record<string, Record<string, unknown>>);
  const names = [
    ...new Set(sets.flatMap(([, of]) => Object.keys(of).filter((name) => typeof of[name] === 'number'))),
  ];
  const rows = sets.map(([set, of]) => [set, ...names.map((name) => cell(name, of[name]))]);
  return textTable([['', ...names], ...rows]);
}

function cell(name: string, value: unknown): string {
  if (typeof value !== 'number') return '';
  return name === 'support' ? String(value) : value.toFixed(4);
}
