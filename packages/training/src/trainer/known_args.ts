import { checkKnownKeys } from '@chui/models';
import type { TrainingArgs } from './args.js';

/** All arguments: the type checks that none is missing. */
const KNOWN: Readonly<Record<keyof TrainingArgs, true>> = {
  epochs: true,
  maxSteps: true,
  maxSeconds: true,
  batchSize: true,
  evalBatchSize: true,
  maxTokens: true,
  gradientAccumulationSteps: true,
  lengthMultiple: true,
  lengths: true,
  groupByLength: true,
  dropLast: true,
  shuffleBuffer: true,
  optimizer: true,
  beta1: true,
  beta2: true,
  epsilon: true,
  momentum: true,
  learningRate: true,
  learningRates: true,
  freeze: true,
  schedule: true,
  warmupSteps: true,
  warmupRatio: true,
  maxGradNorm: true,
  weightDecay: true,
  excludeFromWeightDecay: true,
  labelSmoothing: true,
  ema: true,
  gradientCheckpointing: true,
  precision: true,
  nonFinite: true,
  evalSteps: true,
  evalEpochs: true,
  metricForBestModel: true,
  greaterIsBetter: true,
  patience: true,
  saveSteps: true,
  logSteps: true,
  seed: true,
  signal: true,
};

/** @throws RangeError naming a key that is no argument, and the one that was probably meant, or all that there are. */
export const checkKnown = (args: object): void => checkKnownKeys('args', args, Object.keys(KNOWN));
