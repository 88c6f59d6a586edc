import { type SinusoidalLayout, sinusoidalTable } from '@chui/layers';
import { useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import { readGolden } from '../support/golden.js';
import { expectClose } from '../support/gradients.js';

describe('sinusoidal positions', () => {
  beforeAll(async () => void (await useBackend('cpu')));

  test.each<[string, SinusoidalLayout]>([
    ['sinusoidal-interleaved', 'interleaved'],
    ['sinusoidal-half', 'half'],
    ['sinusoidal-t2t', 'tensor2tensor'],
  ])('%s', (name, layout) => {
    const expected = readGolden(name).read('output.table');
    expect(expected.size).toBeGreaterThan(0);
    expectClose(sinusoidalTable(...(expected.shape as [number, number]), layout), expected.dataSync(), 1e-7);
    expected.dispose();
  });
});
