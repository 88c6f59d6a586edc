import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, type SavedTensor, toFloat32 } from '@chui/hub';
import {
  BertForSequenceClassification,
  BertForTokenClassification,
  type LoraAdapter,
  loadLora,
} from '@chui/models';
import { jit, setSeed } from '@chui/runtime';
import {
  type Scalar,
  type Tensor,
  tensor,
  tidy,
  transpose,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';

/** Made by scripts/make_lora_references.py. */
const root = fileURLToPath(new URL('../../fixtures/lora/', import.meta.url));
type CaseName = 'query-value' | 'all-linear' | 'rank-stabilized' | 'patterns';
const cases = {
  'query-value': BertForSequenceClassification,
  'all-linear': BertForTokenClassification,
  'rank-stabilized': BertForSequenceClassification,
  patterns: BertForSequenceClassification,
} as unknown as Record<CaseName, typeof BertForSequenceClassification>;

interface Given {
  readonly model: BertForSequenceClassification;
  readonly adapter: LoraAdapter;
  readonly tensors: ReadonlyMap<string, SavedTensor>;
}

async function baseModel(name: CaseName): Promise<BertForSequenceClassification> {
  const config = { hiddenDropoutProb: 0, attentionProbsDropoutProb: 0 };
  return cases[name].fromPretrained(`${root}${name}/base`, { config });
}

async function withAdapter(name: CaseName, body: (given: Given) => void | Promise<void>) {
  const model = await baseModel(name);
  const adapter = await loadLora(model, `${root}${name}/adapter`);
  const { tensors } = readSafetensors(await readFile(`${root}${name}/io.safetensors`), name);
  try {
    await body({ model, adapter, tensors });
  } finally {
    model.dispose();
  }
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function inputsOf(tensors: Given['tensors']): never {
  const inputs = [...tensors].filter(([name]) => name.startsWith('input.'));
  return Object.fromEntries(
    inputs.map(([name, { data, shape }]) => [
      camel(name.slice('input.'.length)),
      tensor(Int32Array.from(data as Int32Array), shape, 'int32'),
    ]),
  ) as never;
}

function expectClose(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
) {
  expect(actual.length, name).toBe(expected.length);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  expect(worst, name).toBeLessThanOrEqual(tolerance * largest);
}

const logitsOf = ({ model, tensors }: Omit<Given, 'adapter'>) =>
  tidy(() => model.forward(inputsOf(tensors)).logits.dataSync().slice());

/** Loss and gradients, by names of variables. */
const gradientsOf = ({ model, tensors }: Given, options: object = {}) =>
  variableGrads(() => model.forward(inputsOf(tensors), options).loss as Scalar, model.trainableVariables());

describe('LoRA computes what PEFT computes', () => {
  onEveryBackend((backend) => {
    describe.each(Object.keys(cases) as CaseName[])('%s', (name) => {
      test('logits and the loss', () =>
        withAdapter(name, ({ model, tensors }) =>
          tidy(() => {
            const { logits, loss } = model.forward(inputsOf(tensors));
            expectClose('logits', logits.dataSync(), toFloat32(tensors.get('output.logits')!), 1e-4);
            expectClose('loss', loss!.dataSync(), toFloat32(tensors.get('output.loss')!), 1e-5);
          }),
        ));

      test('gradients of all that is trained, with recompute too', () =>
        withAdapter(name, (given) =>
          tidy(() => {
            const { adapter, model, tensors } = given;
            const parameters = adapter.parameters();
            const names = [...tensors.keys()].filter((key) => key.startsWith('grad.'));
            expect(parameters.map((each) => `grad.${each.name}`).sort()).toEqual(names.sort());
            expect(namesOf(model.trainableVariables())).toEqual(
              namesOf(parameters.map(({ variable }) => variable)),
            );
            for (const recompute of [false, true]) {
              const { grads } = gradientsOf(given, { recompute });
              for (const each of parameters) {
                const gradient = grads[each.variable.name]!;
                const turned: Tensor = each.transposed ? transpose(gradient) : gradient;
                const expected = toFloat32(tensors.get(`grad.${each.name}`)!);
                expectClose(each.name, turned.dataSync(), expected, 1e-3);
              }
            }
          }),
        ));

      test('merged, what it computes by itself, and what PEFT computes merged', () =>
        withAdapter(name, ({ model, adapter, tensors }) => {
          const before = logitsOf({ model, tensors });
          adapter.merge();
          const merged = logitsOf({ model, tensors });
          expectClose('logits', merged, before, 1e-5);
          expectClose('logits of PEFT', merged, toFloat32(tensors.get('merged.logits')!), 1e-4);
          expect(() => adapter.merge()).toThrow('was merged');
        }));

      test('unloaded, the model as it was', async () => {
        const base = await baseModel(name);
        await withAdapter(name, ({ model, adapter, tensors }) => {
          adapter.unload();
          expect(valuesOf(model)).toEqual(valuesOf(base));
          expectClose('logits', logitsOf({ model, tensors }), toFloat32(tensors.get('base.logits')!), 1e-4);
          expect(model.trainableVariables()).toHaveLength(base.trainableVariables().length);
        });
        base.dispose();
      });

      test('saved and loaded, the same to the last bit', () =>
        withAdapter(name, async ({ adapter, model, tensors }) => {
          const folder = await mkdtemp(join(tmpdir(), 'lora-'));
          try {
            await adapter.savePretrained(folder);
            const [ours, theirs] = await Promise.all(
              [folder, `${root}${name}/adapter`].map(async (at) =>
                readSafetensors(await readFile(join(at, 'adapter_model.safetensors')), at),
              ),
            );
            expect(ours!.metadata).toEqual(theirs!.metadata);
            expect(new Map([...ours!.tensors].sort())).toEqual(new Map([...theirs!.tensors].sort()));
            const logits = logitsOf({ model, tensors });
            const config = adapter.config;
            adapter.unload();
            const again = await loadLora(model, folder);
            expect(again.config).toEqual(config);
            expect(logitsOf({ model, tensors })).toEqual(logits);
          } finally {
            await rm(folder, { recursive: true });
          }
        }));
    });

    test('compiled, the same gradients', () =>
      withAdapter('all-linear', (given) => {
        const compiled = jit((inputs: never) =>
          variableGrads(() => given.model.forward(inputs).loss as Scalar, given.model.trainableVariables()),
        );
        tidy(() => {
          const { grads } = gradientsOf(given);
          const recorded = compiled(inputsOf(given.tensors));
          for (const [name, gradient] of Object.entries(grads)) {
            expectClose(name, recorded.grads[name]!.dataSync(), gradient.dataSync(), 1e-5);
          }
        });
        compiled.dispose();
      }));

    test('drops in training only, and the same when blocks are computed again', () =>
      withAdapter('query-value', (given) =>
        tidy(() => {
          const still = gradientsOf(given).value.dataSync();
          const drawn = (options: object) => {
            setSeed(5);
            return gradientsOf(given, options);
          };
          const once = drawn({ training: true });
          const again = drawn({ training: true, recompute: true });
          expect(once.value.dataSync()).not.toEqual(still);
          for (const [name, gradient] of Object.entries(once.grads)) {
            expectClose(`${backend} ${name}`, again.grads[name]!.dataSync(), gradient.dataSync(), 1e-5);
          }
          expect(gradientsOf(given).value.dataSync()).toEqual(still);
        }),
      ));
  });
});

/** Every value of a model, by name. */
const valuesOf = (model: BertForSequenceClassification) =>
  model.namedParameters().map(([name, variable]) => [name, variable.dataSync().slice()]);

const namesOf = (variables: readonly Variable[]) => variables.map(({ name }) => name).sort();
