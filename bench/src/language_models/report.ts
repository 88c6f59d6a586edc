import { SIDE_NAMES, type Side } from '../sides.js';
import type { TrainedLanguageModel } from './options.js';

/** What the sides reached with one seed. */
export interface SeedOutcome {
  readonly seed: number;
  readonly sides: Readonly<Partial<Record<Side, TrainedLanguageModel & { readonly seconds: number }>>>;
}

/** `seed 1: chui 1.8765 in 60.2 s; PyTorch 1.8765 in 70.1 s`. */
export function lineOf({ seed, sides }: SeedOutcome): string {
  const each = entriesOf(sides).map(([side, { evalLoss, trainSeconds }]) => {
    return `${SIDE_NAMES[side]} ${evalLoss.toFixed(4)} in ${trainSeconds.toFixed(1)} s`;
  });
  return `seed ${seed}: ${each.join('; ')}`;
}

/** A table in Markdown: losses of the whole text that is scored by seed and their mean, and what it cost, the mean over seeds. */
export function markdown(outcomes: readonly SeedOutcome[]): string {
  const rows = entriesOf(outcomes[0]!.sides).map(([side]) => {
    const all = outcomes.map(({ sides }) => sides[side]!);
    const mean = (of: (outcome: (typeof all)[0]) => number) =>
      all.reduce((sum, each) => sum + of(each), 0) / all.length;
    return [
      SIDE_NAMES[side],
      mean(({ evalLoss }) => evalLoss).toFixed(4),
      all.map(({ evalLoss }) => evalLoss.toFixed(4)).join(', '),
      `${mean(({ trainSeconds }) => trainSeconds).toFixed(1)} s`,
      `${mean(({ evalSeconds }) => evalSeconds).toFixed(1)} s`,
      `${mean(({ seconds }) => seconds).toFixed(1)} s`,
      `${(mean(({ peakBytes }) => peakBytes) / 2 ** 30).toFixed(2)} GiB`,
    ];
  });
  const head = ['', 'loss', 'by seed', 'training', 'scoring', 'whole', 'memory'];
  const lines = [head, ['---', '---:', '---', '---:', '---:', '---:', '---:'], ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

const entriesOf = (sides: SeedOutcome['sides']) =>
  Object.entries(sides) as [Side, TrainedLanguageModel & { readonly seconds: number }][];
