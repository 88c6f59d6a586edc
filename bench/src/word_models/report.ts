import { lineChart, type Point } from '@chui/training';

/** What a training of some rate reached; its seconds are those of the updates. */
export interface Run {
  readonly rate: number;
  readonly parameters: number;
  readonly steps: number;
  readonly trainSeconds: number;
  readonly peakBytes: number;
  /** Perplexity of a word of the texts that choose. */
  readonly evalPerplexity: number;
  /** That of the texts that judge, of a training that is not there to choose a rate. */
  readonly testPerplexity?: number | undefined;
  /** By the seconds of the training: perplexities of a word of the texts that choose. */
  readonly curve: readonly Point[];
}

/** A kind of model: its trainings of little time, by which the rate was chosen, and the one of all the time. */
export interface Outcome {
  readonly name: string;
  readonly tried: readonly Run[];
  readonly final: Run;
}

/** A table in Markdown. */
export function markdown(outcomes: readonly Outcome[]): string {
  const head = ['', 'parameters', 'rates tried', 'rate', 'updates', 'training', 'memory', 'valid', 'test'];
  const rows = outcomes.map(({ name, tried, final }) => [
    name,
    `${(final.parameters / 1e6).toFixed(2)} M`,
    tried.map(({ rate, evalPerplexity }) => `${rate}: ${evalPerplexity.toFixed(0)}`).join(', '),
    String(final.rate),
    final.steps.toLocaleString('en'),
    `${final.trainSeconds.toFixed(0)} s`,
    `${(final.peakBytes / 2 ** 30).toFixed(2)} GiB`,
    final.evalPerplexity.toFixed(1),
    final.testPerplexity!.toFixed(1),
  ]);
  const rule = head.map((_, place) => (place === 0 || place === 2 ? '---' : '---:'));
  return `${[head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** The curves of the long trainings, as SVG in a grey that is read on white and on black. */
export const picture = (outcomes: readonly Outcome[]): string =>
  lineChart({
    label: 'Perplexity of a word of the texts held out, by seconds of training',
    x: { name: 'seconds' },
    y: { name: 'perplexity', logarithmic: true },
    lines: outcomes.map(({ name, final: { curve } }) => ({ name, points: curve })),
  }).replaceAll('currentColor', '#888');
