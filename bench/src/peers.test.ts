import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { preparePeer } from './peers.js';
import { works } from './works.js';

const { task } = works['encoder-forward']!;
const options = { task, threads: 2, python: 'no-such-python' };

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'chui-test-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('a peer that is not installed is named with the line that installs it', async () => {
  expect(await preparePeer('pytorch', options)).toEqual({
    missing: 'PyTorch is not installed: no-such-python -m pip install torch',
  });
  const directory = await folder();
  expect(await preparePeer('transformers', { ...options, directory })).toEqual({
    missing: 'transformers.js is not installed: npm install --prefix bench/peers',
  });
  const installed = join(directory, 'node_modules/@huggingface/transformers');
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, 'package.json'), '{}');
  expect(await preparePeer('transformers', { ...options, directory })).toEqual({
    missing:
      'transformers.js lacks a model, which PyTorch writes: no-such-python -m pip install torch onnx onnxscript',
  });
});
