import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keepOptions } from './same_options.js';

it('keeps a directory for one kind of run', async () => {
  const out = await mkdtemp(join(tmpdir(), 'chui-test-'));
  onTestFinished(() => rm(out, { recursive: true }));
  const train = join(out, 'train.tsv');
  await writeFile(train, 'a\t0\n');
  const options = { task: 'text-classification', epochs: 3, limit: undefined };
  const keep = (changes: object) => keepOptions(out, { ...options, ...changes }, [train]);
  await keep({ epochs: 1 });
  await keep({});
  await writeFile(join(out, 'plan.json'), '{}');
  await keep({ limit: undefined });
  await expect(keep({ epochs: 2 })).rejects.toThrow(
    `${out} must be of a run with the same options, but epochs was 3 and is 2`,
  );
  await writeFile(train, 'a\t1\n');
  await expect(keep({})).rejects.toThrow('the same options, but files was');
});
