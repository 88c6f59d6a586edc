import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { FineTuning } from './options.js';
import { keepOptions } from './same_options.js';

it('keeps a directory for one kind of run', async () => {
  const out = await mkdtemp(join(tmpdir(), 'chui-test-'));
  onTestFinished(() => rm(out, { recursive: true }));
  const train = join(out, 'train.tsv');
  await writeFile(train, 'a\t0\n');
  const options = { task: 'text-classification', model: out, train, epochs: 3 } as unknown as FineTuning;
  await keepOptions(out, { ...options, epochs: 1 });
  await keepOptions(out, options);
  await writeFile(join(out, 'plan.json'), '{}');
  await keepOptions(out, { ...options, limit: undefined });
  await expect(keepOptions(out, { ...options, epochs: 2 })).rejects.toThrow(
    `${out} must be of a run with the same options, but epochs was 3 and is 2`,
  );
  await writeFile(train, 'a\t1\n');
  await expect(keepOptions(out, options)).rejects.toThrow('the same options, but files was');
});
