import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Attention, attentionCatalogue } from '@chui/layers';
import { useBackend } from '@chui/runtime';
import { io, type Tensor } from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testBackends } from '../support/backends.js';
import { expectClose } from '../support/gradients.js';
import { fillWeights } from '../support/layer_contract.js';
import { filled } from '../support/values.js';

// Loads what another process saved, with the packages as they are built and no more than a user imports.
const reader = `
import { readFile } from 'node:fs/promises';
import '@chui/layers';
import { useBackend } from '@chui/runtime';
import { io, tensor } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';

await useBackend(process.argv[2]);
const saved = JSON.parse(await readFile(process.argv[1], 'utf8'));
const found = {};
for (const [name, { artifacts, x }] of Object.entries(saved)) {
  const weightData = Uint8Array.from(Buffer.from(artifacts.weightData, 'base64')).buffer;
  const loaded = await loadLayersModel(io.fromMemory({ ...artifacts, weightData }));
  found[name] = [...loaded.predict(tensor(x)).dataSync()];
}
console.log(JSON.stringify(found));
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-saved-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('every attention that was saved gives in another process, on another backend, what it gave here', async () => {
  await useBackend(testBackends[0]!);
  const saved: Record<string, object> = {};
  const expected: Record<string, number[]> = {};
  for (const { name, make } of attentionCatalogue) {
    const layer: Attention = make({ dim: 8, numHeads: 2, maxLength: 12 });
    const symbol = input({ shape: [5, 8] });
    const whole = model({ inputs: symbol, outputs: layer.attend({ query: symbol }) as SymbolicTensor });
    fillWeights(layer, 5);
    const x = filled([2, 5, 8], 1);
    const y = whole.predict(x) as Tensor;
    expected[name] = Array.from(y.dataSync());
    await whole.save(
      io.withSaveHandler(async (artifacts) => {
        const weightData = Buffer.from(artifacts.weightData as ArrayBuffer).toString('base64');
        saved[name] = { artifacts: { ...artifacts, weightData }, x: x.arraySync() };
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    for (const each of [x, y, whole]) each.dispose();
  }
  const path = join(folder, 'saved.json');
  await writeFile(path, JSON.stringify(saved));
  const other = testBackends.at(-1)!;
  const args = ['--input-type=module', '-e', reader, path, other];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 });
  const found: Record<string, number[]> = JSON.parse(stdout.slice(stdout.indexOf('{"')));
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, numbers] of Object.entries(expected)) expectClose(found[name]!, numbers, 1e-4);
});
