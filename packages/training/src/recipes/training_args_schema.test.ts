import { adamW, lion, sgd, useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { checkArgs, optimizerNames } from '../trainer/args.js';
import { type PlainTrainingArgs, trainingArgsSchema, trainingArgsShape } from './training_args_schema.js';

type Shape = typeof trainingArgsShape;

describe('trainingArgsSchema', () => {
  it('has each argument, and takes all that it can be', () => {
    expectTypeOf<{ readonly [K in keyof Shape]?: z.output<Shape[K]> }>().toEqualTypeOf<PlainTrainingArgs>();
  });

  it('fills in the defaults that the Trainer has', () => {
    const { seed, ...args } = checkArgs({ maxSteps: 3 });
    const parsed = trainingArgsSchema.parse({ maxSteps: 3 });
    expect(parsed).toMatchObject(args);
    expect(Object.keys(parsed).filter((key) => !(key in args))).toEqual([
      'batchSize',
      'evalBatchSize',
      'lengthMultiple',
      'groupByLength',
      'dropLast',
      'schedule',
      'warmupSteps',
      'beta1',
      'beta2',
      'epsilon',
    ]);
    const { batchSize, evalBatchSize } = trainingArgsSchema.parse({
      maxSteps: 3,
      maxTokens: 9,
      lengths: [8, 16],
    });
    expect([batchSize, evalBatchSize]).toEqual([undefined, undefined]);
    expect(trainingArgsSchema.parse({ maxSteps: 3, batchSize: 8 }).evalBatchSize).toBe(8);
    expect(trainingArgsSchema.parse({ maxSteps: 3, maxTokens: 9, evalBatchSize: 8 }).evalBatchSize).toBe(8);
    expect(trainingArgsSchema.parse({ epochs: 3, warmupRatio: 0.1 })).not.toHaveProperty('warmupSteps');
    expect(trainingArgsSchema.parse({ maxSteps: 3, metricForBestModel: 'bleu' }).greaterIsBetter).toBe(true);
  });

  it('takes what it gives, as JSON', () => {
    for (const optimizer of optimizerNames) {
      const parsed = trainingArgsSchema.parse({
        epochs: 2,
        optimizer,
        maxGradNorm: 'Infinity',
        warmupRatio: 0.1,
      });
      expect(parsed.maxGradNorm).toBe(Infinity);
      const json = JSON.stringify(parsed, (_, value) => (value === Infinity ? 'Infinity' : value));
      expect(trainingArgsSchema.parse(JSON.parse(json))).toEqual(parsed);
    }
  });

  it.each<[object, string, RegExp]>([
    [{}, '', /^one of epochs, maxSteps and maxSeconds must be given$/],
    [{ maxSeconds: 3 }, 'schedule', /^must be constant or inverseSqrt/],
    [{ maxSteps: 3, evalSteps: 1, evalEpochs: 1 }, 'evalSteps', /^and evalEpochs must not both be given$/],
    [{ maxSteps: 3, batchSize: 1, maxTokens: 1 }, 'batchSize', /^and maxTokens must not both be given$/],
    [
      { maxSteps: 3, warmupSteps: 1, warmupRatio: 0 },
      'warmupSteps',
      /^and warmupRatio must not both be given$/,
    ],
    [{ maxSeconds: 3, schedule: 'constant', warmupRatio: 0.1 }, 'warmupRatio', /^must not be given without/],
    [{ maxSteps: 3, maxTokens: 9, dropLast: true }, 'dropLast', /^must come with batchSize/],
    [{ maxSteps: 3, lengths: [8], lengthMultiple: 8 }, 'lengthMultiple', /must not both be given$/],
    [
      { maxSteps: 3, minLearningRate: 0.1, learningRate: 0.1 },
      'minLearningRate',
      /^must be at least 0 and below 0.1, but is 0.1$/,
    ],
    [
      { maxSteps: 3, minLearningRate: 1e-4, schedule: 'constant' },
      'minLearningRate',
      /^must come with schedule linear or cosine, but this is constant$/,
    ],
    [{ maxSteps: 3, learningRate: -1 }, 'learningRate', /-?/],
    [{ maxSteps: 3, seed: 1 }, '', /seed/],
  ])('refuses %j', (args, path, message) => {
    const { error } = trainingArgsSchema.safeParse(args);
    expect(error!.issues).toHaveLength(1);
    expect(error!.issues[0]!.path.join('.')).toBe(path);
    expect(error!.issues[0]!.message).toMatch(message);
  });

  it('can be given to editors', () => {
    const schema = z.toJSONSchema(trainingArgsSchema, { io: 'input' }) as { properties: object };
    expect(Object.keys(schema.properties)).toEqual(Object.keys(trainingArgsShape));
  });
});

describe('the defaults of optimizers', () => {
  beforeAll(() => useBackend('cpu'));

  it('are their own', () => {
    for (const [name, make, keys] of [
      ['adamW', adamW, ['beta1', 'beta2', 'epsilon']],
      ['lion', lion, ['beta1', 'beta2']],
      ['sgd', sgd, ['momentum']],
    ] as const) {
      const optimizer = make({ learningRate: 1 });
      const config = optimizer.getConfig();
      const parsed = trainingArgsSchema.parse({ maxSteps: 1, optimizer: name });
      for (const key of keys) expect(parsed[key], `${name} ${key}`).toBe(config[key]);
      optimizer.dispose();
    }
  });
});
