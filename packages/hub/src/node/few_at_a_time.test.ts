import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fewAtATime } from './few_at_a_time.js';

test('a few are worked on at once, in their order', async () => {
  const begun: number[] = [];
  let [now, most] = [0, 0];
  await fewAtATime([5, 4, 3, 2, 1], 2, async (item) => {
    begun.push(item);
    most = Math.max(most, ++now);
    await setTimeout(item);
    now -= 1;
  });
  expect(begun).toEqual([5, 4, 3, 2, 1]);
  expect([most, now]).toEqual([2, 0]);
  await fewAtATime([], 2, () => Promise.reject(new Error('none')));
});

test('after a failure nothing more is begun', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await setTimeout(5 * item);
    if (item === 1) throw new Error('one');
  };
  await expect(fewAtATime([1, 2, 3, 4, 5], 2, work)).rejects.toThrow('one');
  await setTimeout(30);
  expect(begun).toEqual([1, 2]);
});
