// Trains LoRA adapters on the base models of test/fixtures/lora and saves them for scripts/check_lora.py:
//     node scripts/save_lora.mjs DIRECTORY      (after npm run build)
// NAME/base, NAME/adapter and NAME/io.safetensors, which has inputs and the logits that chui computes.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@chui/hub';
import { AutoModelForSequenceClassification, AutoModelForTokenClassification, applyLora } from '@chui/models';
import { setSeed, useBackend } from '@chui/runtime';
import { tensor, tidy, train } from '@tensorflow/tfjs-core';
import { inRoot } from './stage.mjs';

const all = { modulesToSave: ['classifier'], loraAlpha: 8 };
const adapters = {
  'query-value': { ...all, r: 4, targetModules: ['query', 'value'], taskType: 'SEQ_CLS', loraDropout: 0.1 },
  'all-linear': { ...all, r: 2, targetModules: 'all-linear', taskType: 'TOKEN_CLS' },
  'rank-stabilized': { r: 4, loraAlpha: 8, targetModules: ['query', 'value'], useRslora: true },
  patterns: {
    ...{ ...all, r: 4, targetModules: '.*\\.(query|key|dense)', excludeModules: ['pooler.dense'] },
    ...{ rankPattern: { query: 3 }, alphaPattern: { 'layer.0.attention.self.query': 5 } },
  },
};

const [target] = process.argv.slice(2);
if (!target) throw new Error('save_lora needs the directory to write');
await useBackend('cpu');
setSeed(7);
for (const name of readdirSync(inRoot('test', 'fixtures', 'lora'))) {
  const source = inRoot('test', 'fixtures', 'lora', name);
  const [to, base] = [join(target, name), join(source, 'base')];
  const auto = name === 'all-linear' ? AutoModelForTokenClassification : AutoModelForSequenceClassification;
  const model = await auto.fromPretrained(base);
  const adapter = applyLora(model, adapters[name]);
  const { tensors } = readSafetensors(readFileSync(join(source, 'io.safetensors')), name);
  const saved = [...tensors].filter(([key]) => key.startsWith('input.'));
  const inputs = Object.fromEntries(
    saved.map(([key, { data, shape }]) => [
      key.slice('input.'.length).replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
      tensor(Int32Array.from(data), shape, 'int32'),
    ]),
  );
  const optimizer = train.adam(0.02);
  for (let step = 0; step < 10; step++) {
    optimizer.minimize(
      () => model.forward(inputs, { training: true }).loss,
      false,
      model.trainableVariables(),
    );
  }
  await adapter.savePretrained(join(to, 'adapter'));
  cpSync(base, join(to, 'base'), { recursive: true });
  const { data, shape } = tidy(() => {
    const { logits } = model.forward(inputs);
    return { data: logits.dataSync().slice(), shape: logits.shape };
  });
  const entries = [...saved, ['output.logits', { dtype: 'F32', shape, data }]];
  writeFileSync(join(to, 'io.safetensors'), writeSafetensors(entries));
}
