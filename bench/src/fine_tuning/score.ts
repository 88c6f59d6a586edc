import { accuracy, bestAnswers, entitiesOf, precisionRecallF1, seqeval, squad } from '@chui/training';
import type { Counts } from './bootstrap.js';
import type { Gold, Said } from './gold.js';

/** What either side tells of a training. */
export interface FineTuned {
  readonly losses: readonly number[];
  readonly trainSeconds: number;
  readonly peakBytes: number;
  /** Class of each example that is tested on, or of each of its tokens. */
  readonly predictions?: readonly (number | readonly number[])[];
  /** Of question answering in the place of these: for each example, numbers for its tokens. */
  readonly startLogits?: readonly (readonly number[])[];
  readonly endLogits?: readonly (readonly number[])[];
}

/** What a side said of each example, as the truth is written. */
export function saidBy(gold: Gold, { predictions, startLogits, endLogits }: FineTuned): Said[] {
  switch (gold.kind) {
    case 'classes':
      return (predictions as number[]).map((label) => gold.labels[label]!);
    case 'tags':
      // What was cut off was not found.
      return gold.tokens.map((tokens, index) =>
        tokens.map((token) =>
          token === null ? 'O' : gold.labels[(predictions![index] as readonly number[])[token]!]!,
        ),
      );
    case 'answers': {
      const contexts = gold.questions.map(({ context }) => context);
      return bestAnswers(
        contexts,
        gold.windows,
        startLogits!.map((starts, index) => [starts, endLogits![index]!]),
      );
    }
  }
}

/** Scores from 0 to 1, the first being what sides are compared by, and what some of them are made of in each example. */
export interface Scored {
  readonly scores: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, readonly Counts[]>>;
}

/** How good is what was said: accuracy of classes, F1 of whole entities, or F1 and exact match of answers. */
export function scoreOf(kind: Gold['kind'], said: readonly Said[], right: readonly Said[]): Scored {
  switch (kind) {
    case 'classes': {
      const [found, known] = [said, right] as [string[], string[]];
      const { f1 } = precisionRecallF1(found, known, { average: 'macro' });
      const counts = found.map((label, index): Counts => [Number(label === known[index]), 1, 1]);
      return { scores: { accuracy: accuracy(found, known), macroF1: f1 }, counts: { accuracy: counts } };
    }
    case 'tags': {
      const [found, known] = [said, right] as [string[][], string[][]];
      const { f1, precision, recall } = seqeval(found, known);
      const counts = found.map((tags, index) => entityCounts(tags, known[index]!));
      return { scores: { f1, precision, recall }, counts: { f1: counts } };
    }
    case 'answers': {
      const [found, known] = [said, right] as [string[], string[][]];
      const each = found.map((answer, index) => squad([answer], [known[index]!]));
      const { f1, exactMatch } = squad(found, known);
      return {
        scores: { f1: f1 / 100, exactMatch: exactMatch / 100 },
        counts: {
          f1: each.map((score): Counts => [score.f1 / 100, 1, 1]),
          exactMatch: each.map((score): Counts => [score.exactMatch / 100, 1, 1]),
        },
      };
    }
  }
}

function entityCounts(said: readonly string[], right: readonly string[]): Counts {
  const [found, there] = [said, right].map(
    (tags) => new Set(entitiesOf(tags).map((entity) => JSON.stringify(entity))),
  ) as [Set<string>, Set<string>];
  return [[...found].filter((entity) => there.has(entity)).length, found.size, there.size];
}
