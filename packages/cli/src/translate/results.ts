import type { BackendName } from '@chui/runtime';
import type { LengthScore, TokenKind } from '@chui/training';

/** What training and testing one model gave. */
export interface ModelResult {
  name: string;
  /** What it was trained on. */
  backend: BackendName;
  /** What the source and target texts are cut into. */
  sourceTokens: TokenKind;
  targetTokens: TokenKind;
  parameters: number;
  /** Wall time of the training, evaluations included. */
  seconds: number;
  steps: number;
  /** Largest resident memory of the process that trained the model, in bytes. */
  peakMemory: number;
  /** Share of test texts that come out exactly right. */
  exactMatch: number;
  /** Corpus BLEU on the test texts, by words as they stand and by characters; not for dates. */
  bleu?: number;
  bleuCharacters?: number;
  /** The scores by the length of the source, in the same groups for every model; not for dates. */
  byLength?: readonly LengthScore[];
  /** Loss on the dev set over the training time. */
  curve: { seconds: number; step: number; loss: number }[];
}

/** The table of results, its head first. */
export function resultRows(results: ModelResult[]): string[][] {
  const withBleu = results.some(({ bleu }) => bleu !== undefined);
  const head = [
    'model',
    'exact match',
    ...(withBleu ? ['BLEU', 'BLEU by character'] : []),
    'parameters',
    'seconds',
    'peak memory',
  ];
  const rows = results.map(({ name, exactMatch, bleu, bleuCharacters, parameters, seconds, peakMemory }) => [
    name,
    `${(100 * exactMatch).toFixed(1)} %`,
    ...(withBleu ? [bleu, bleuCharacters].map((score) => score?.toFixed(2) ?? '') : []),
    parameters.toLocaleString('en'),
    seconds.toFixed(1),
    `${Math.round(peakMemory / 1e6)} MB`,
  ]);
  return [head, ...rows];
}

/** BLEU of several models by the length of the source. */
export interface LengthScores {
  /** What the figures are. */
  title: string;
  /** What a length counts: `source words`. */
  unit: string;
  /** The groups, `4–6` for sources of four to six tokens, with their numbers of texts. */
  groups: { label: string; count: number }[];
  /** A score for each group. */
  models: { name: string; scores: number[] }[];
}

/** The scores of models by length, BLEU over what the targets are cut into; undefined where there are none, as for dates. */
export function lengthScores(results: ModelResult[]): LengthScores | undefined {
  const [first] = results;
  if (!first?.byLength) return undefined;
  const byCharacter = first.targetTokens === 'character';
  return {
    title: `BLEU${byCharacter ? ' by character' : ''}, by length of the source`,
    unit: `source ${first.sourceTokens}s`,
    groups: first.byLength.map(({ from, to, count }) => ({
      label: from === to ? `${from}` : `${from}–${to}`,
      count,
    })),
    models: results.map(({ name, byLength = [] }) => ({
      name,
      scores: byLength.map(({ bleuTokens, bleuCharacters }) => (byCharacter ? bleuCharacters : bleuTokens)),
    })),
  };
}

/** The table of scores by length, its head first. */
export function lengthRows({ unit, groups, models }: LengthScores): string[][] {
  return [
    [unit, 'texts', ...models.map(({ name }) => name)],
    ...groups.map(({ label, count }, i) => [
      label,
      count.toLocaleString('en'),
      ...models.map(({ scores }) => scores[i]!.toFixed(2)),
    ]),
  ];
}
