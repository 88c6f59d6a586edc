import type { StepReport } from '@chui/training';
import { expect, test } from 'vitest';
import { Pace } from './pace.js';

test('a training waits after every so many updates', async () => {
  const pace = new Pace(4);
  let step = 0;
  const train = async () => {
    for (step = 2; step <= 8; step += 2) await pace.onStep({ step, loss: step } as StepReport);
  };
  const first = pace.next();
  const training = train();
  expect(await first).toBe(3);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(step).toBe(4);
  expect(await pace.next()).toBe(7);
  expect(step).toBe(8);
  void pace.next();
  await training;
});
