import { describe, expect, it } from 'vitest';
import { constantSchedule } from './constant_schedule.js';
import { cosineSchedule } from './cosine_schedule.js';
import { inverseSqrtSchedule } from './inverse_sqrt_schedule.js';
import { linearSchedule } from './linear_schedule.js';
import { polynomialSchedule } from './polynomial_schedule.js';

const options = { warmupSteps: 3, totalSteps: 7 };

describe('schedules', () => {
  // What transformers 5.23's functions of the same names give for steps 0 to 7.
  it.each([
    ['constant', constantSchedule, [0, 1 / 3, 2 / 3, 1, 1, 1, 1, 1]],
    ['linear', linearSchedule, [0, 1 / 3, 2 / 3, 1, 0.75, 0.5, 0.25, 0]],
    ['cosine', cosineSchedule, [0, 1 / 3, 2 / 3, 1, 0.853553390593, 0.5, 0.146446609407, 0]],
    [
      'inverse square root',
      inverseSqrtSchedule,
      [0, 1 / 3, 2 / 3, 1, 0.866025403784, 0.774596669241, Math.SQRT1_2, 0.654653670708],
    ],
  ])('%s equals transformers', (_, makeSchedule, expected) => {
    const schedule = makeSchedule(options);
    expected.forEach((factor, step) => {
      expect(schedule(step)).toBeCloseTo(factor, 11);
    });
  });

  // What transformers 5.24 gives for a learning rate of 0.001 with lr_end 0, 0.0001 and 0.0002.
  it.each([
    [{}, [0, 1 / 3, 2 / 3, 1, 0.75, 0.5, 0.25, 0, 0]],
    [{ endFactor: 0.1, power: 2 }, [0, 1 / 3, 2 / 3, 1, 0.60625, 0.325, 0.15625, 0.1, 0.1]],
    [
      { endFactor: 0.2, power: 0.5 },
      [0, 1 / 3, 2 / 3, 1, 0.8928203230275509, 0.765685424949238, 0.6, 0.2, 0.2],
    ],
  ])('polynomial equals transformers: %j', (shape, expected) => {
    const schedule = polynomialSchedule({ ...options, ...shape });
    expect(expected.map((_, step) => schedule(step))).toEqual(
      expected.map((factor) => expect.closeTo(factor, 11)),
    );
  });

  // What transformers 5.24's get_cosine_with_min_lr_schedule_with_warmup gives with min_lr_rate 0.1.
  it('cosine ends at a factor as that of transformers', () => {
    const schedule = cosineSchedule({ ...options, endFactor: 0.1 });
    const expected = [0, 1 / 3, 2 / 3, 1, 0.8681980515339464, 0.55, 0.23180194846605365, 0.1, 0.1];
    expect(expected.map((_, step) => schedule(step))).toEqual(
      expected.map((factor) => expect.closeTo(factor, 11)),
    );
    expect(linearSchedule({ ...options, endFactor: 0.2 })(5)).toBeCloseTo(0.6, 11);
  });

  it('begins at 1 without a warm-up', () => {
    const schedules = [
      constantSchedule(),
      linearSchedule({ totalSteps: 5 }),
      cosineSchedule({ totalSteps: 5 }),
      inverseSqrtSchedule(),
    ];
    expect(schedules.map((schedule) => schedule(0))).toEqual([1, 1, 1, 1]);
    expect(inverseSqrtSchedule()(30_000)).toBe(0.5);
  });

  it('stays at 0 after the end', () => {
    expect([linearSchedule(options)(8), cosineSchedule(options)(8)]).toEqual([0, 0]);
    expect(linearSchedule({ warmupSteps: 3, totalSteps: 3 })(3)).toBe(0);
  });

  it('refuses what makes no schedule', () => {
    expect(() => linearSchedule({ totalSteps: 0 })).toThrow(
      'totalSteps must be a positive integer, but is 0',
    );
    expect(() => polynomialSchedule({ totalSteps: 5, power: 0 })).toThrow('power must be above 0, but is 0');
    expect(() => polynomialSchedule({ totalSteps: 5, endFactor: 1 })).toThrow(
      'endFactor must be at least 0 and below 1, but is 1',
    );
    expect(() => constantSchedule({ warmupSteps: 0.5 })).toThrow(
      'warmupSteps must be an integer from 0, but is 0.5',
    );
  });
});
