import { expect, it } from 'vitest';
import { closestName } from './closest_name.js';

const names = ['epochs', 'batchSize', 'evalBatchSize', 'learningRate', 'logSteps', 'ema'];

it.each([
  ['batchsize', 'batchSize'],
  ['bacthSize', 'batchSize'],
  ['learning_rate', 'learningRate'],
  ['eval_batch_size', 'evalBatchSize'],
  ['logging_steps', 'logSteps'],
  ['epoch', 'epochs'],
  ['learningRates', 'learningRate'],
  ['fp16', undefined],
  ['', undefined],
])('%s is meant to be %s', (name, meant) => {
  expect(closestName(name, names)).toBe(meant);
});
