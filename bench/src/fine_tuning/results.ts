import type { Side } from '../sides.js';
import { bootstrapDifference, type Counts } from './bootstrap.js';
import type { Gold, Said } from './gold.js';
import type { Place } from './options.js';
import type { FinishedSide } from './run_side.js';
import { type Scored, saidBy, scoreOf } from './score.js';

/** A training of one or both sides. */
export interface Training {
  readonly place: Place;
  readonly gold: Gold;
  readonly sides: Readonly<Partial<Record<Side, FinishedSide>>>;
}

/** What a side reached with one seed: scores of all parts together, seconds summed over these, and the most memory. */
interface SeedOutcome {
  readonly seed: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly trainSeconds: number;
  /** From a process' start to its end. */
  readonly seconds: number;
  readonly peakBytes: number;
  /** Of the first part. */
  readonly lastLoss: number;
}

export interface SideResults extends Omit<SeedOutcome, 'seed' | 'lastLoss'> {
  readonly seeds: readonly SeedOutcome[];
}

export interface Results {
  /** Means over the seeds. */
  readonly sides: Readonly<Partial<Record<Side, SideResults>>>;
  /** Of each score that has one: the 95 % interval of chui's less PyTorch's. */
  readonly intervals: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** What is reached by always saying the class that most examples of training have. */
  readonly majority?: Readonly<Record<string, number>>;
}

/** An example and what was said of it. */
export interface SaidOfExample extends Place {
  /** Its place in what is tested on. */
  readonly index: number;
  readonly right: Said;
  readonly chui?: Said;
  readonly pytorch?: Said;
}

/** Scores and costs of trainings, which have the same parts for every seed. */
export function resultsOf(trainings: readonly Training[], sides: readonly Side[]): Results {
  const seeds = [...new Set(trainings.map(({ place }) => place.seed))];
  const bySeed = seeds.map((seed) => trainings.filter(({ place }) => place.seed === seed));
  const [{ gold }] = trainings as [Training];
  const right = bySeed.map((parts) => parts.flatMap(({ gold: { right } }) => right as readonly Said[]));
  const scored = (side: Side): Scored[] =>
    bySeed.map((parts, index) =>
      scoreOf(
        gold.kind,
        parts.flatMap((part) => saidBy(part.gold, part.sides[side]!)),
        right[index]!,
      ),
    );
  const all = new Map(sides.map((side) => [side, scored(side)]));
  const results = sides.map((side) => {
    const outcomes = bySeed.map((parts, index) =>
      outcomeOf(
        seeds[index]!,
        parts.map((part) => part.sides[side]!),
        all.get(side)![index]!,
      ),
    );
    return [side, { ...meanOf(outcomes), seeds: outcomes }] as const;
  });
  const [chui, pytorch] = [all.get('chui'), all.get('pytorch')];
  const names = chui && pytorch ? Object.keys(chui[0]!.counts) : [];
  const intervals = names.map((name) => {
    const pairs = chui!.map((each, index): [readonly Counts[], readonly Counts[]] => [
      each.counts[name]!,
      pytorch![index]!.counts[name]!,
    ]);
    return [name, bootstrapDifference(pairs)] as const;
  });
  return {
    sides: Object.fromEntries(results),
    intervals: Object.fromEntries(intervals),
    ...majorityOf(bySeed[0]!),
  };
}

function outcomeOf(seed: number, parts: readonly FinishedSide[], { scores }: Scored): SeedOutcome {
  const sum = (key: 'trainSeconds' | 'seconds') => parts.reduce((total, part) => total + part[key], 0);
  return {
    ...{ seed, scores, trainSeconds: sum('trainSeconds'), seconds: sum('seconds') },
    peakBytes: Math.max(...parts.map(({ peakBytes }) => peakBytes)),
    lastLoss: parts[0]!.losses.at(-1)!,
  };
}

function meanOf(outcomes: readonly SeedOutcome[]) {
  const mean = (of: (outcome: SeedOutcome) => number) =>
    outcomes.reduce((sum, each) => sum + of(each), 0) / outcomes.length;
  const names = Object.keys(outcomes[0]!.scores);
  return {
    scores: Object.fromEntries(names.map((name) => [name, mean(({ scores }) => scores[name]!)])),
    trainSeconds: mean(({ trainSeconds }) => trainSeconds),
    seconds: mean(({ seconds }) => seconds),
    peakBytes: mean(({ peakBytes }) => peakBytes),
  };
}

function majorityOf(parts: readonly Training[]): Pick<Results, 'majority'> {
  const pairs = parts.flatMap(({ gold }) =>
    gold.kind === 'classes' ? gold.right.map((right) => [gold.majority, right] as const) : [],
  );
  if (pairs.length === 0) return {};
  const [said, right] = [pairs.map(([most]) => most), pairs.map((pair) => pair[1])];
  return { majority: scoreOf('classes', said, right).scores };
}

/** What was said of each example, by which all scores can be computed again. */
export function saidOfExamples(trainings: readonly Training[]): SaidOfExample[] {
  return trainings.flatMap(({ place, gold, sides }) => {
    const said = Object.entries(sides).map(([side, told]) => [side, saidBy(gold, told)] as const);
    return gold.right.map((right, index) => ({
      ...{ ...place, index },
      ...(gold.kind === 'answers' && { id: gold.questions[index]!.id }),
      right,
      ...Object.fromEntries(said.map(([side, each]) => [side, each[index]!])),
    }));
  });
}
