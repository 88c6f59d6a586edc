import { describe, expect, test } from 'vitest';
import { Contender } from './contender.js';

const node = (code: string) => ({ command: process.execPath, args: ['-e', code] });

/** Keeps to the protocol: a step takes as many milliseconds as its number. */
const obedient = `
  const say = (message) => console.log(JSON.stringify(message));
  let steps = 0;
  console.log('a library greets');
  say({ name: 'fake 1.0', firstCallMs: 5, loss: 0.7, parameters: 3 });
  const lines = require('node:readline').createInterface({ input: process.stdin });
  lines.on('line', (line) => say({ milliseconds: Array.from({ length: Number(line) }, () => ++steps) }));
  lines.on('close', () => say({ peakBytes: 1e6, lastLoss: 0.6 }));
`;

describe('Contender', () => {
  test('makes steps when it is told to', async () => {
    const { contender, ready } = await Contender.start(node(obedient));
    expect(ready).toEqual({ name: 'fake 1.0', firstCallMs: 5, loss: 0.7, parameters: 3 });
    expect(await contender.run(2)).toEqual([1, 2]);
    expect(await contender.run(1)).toEqual([3]);
    expect(await contender.finish()).toEqual({ peakBytes: 1e6, lastLoss: 0.6 });
  });

  test('that fails says why', async () => {
    const failing = node(`console.error('out of memory'); process.exit(3)`);
    await expect(Contender.start(failing)).rejects.toThrow('ended with code 3\nout of memory');
    const started = await Contender.start(
      node(`console.log('{}'); process.stdin.once('data', () => process.exit(4))`),
    );
    await expect(started.contender.run(1)).rejects.toThrow('ended with code 4');
  });

  test('that cannot be started says why', async () => {
    const absent = { command: 'chui-no-such-program', args: [] };
    await expect(Contender.start(absent)).rejects.toThrow('ENOENT');
  });
});
