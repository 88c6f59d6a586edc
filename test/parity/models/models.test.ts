import { toFloat32 } from '@chui/hub';
import type { EncoderModel, EncoderOutput } from '@chui/models';
import * as models from '@chui/models';
import { Trainer } from '@chui/training';
import { type Scalar, type Tensor, tensor, tidy, transpose, variableGrads } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { type ModelCase, modelCases } from '../../support/model_case.js';

const types = new Set([
  ...['bert', 'distilbert', 'roberta', 'xlm-roberta', 'camembert', 'albert', 'electra'],
  ...['gpt2', 'llama', 'mistral', 'qwen2', 'gpt_neox', 'opt', 'rnn_lm'],
]);
const cases = modelCases((type) => types.has(type));

type AnyModel = EncoderModel<never, never, EncoderOutput>;

/** Shares that are dropped, all of them 0. */
const noDropout = Object.fromEntries(
  [
    'hiddenDropoutProb',
    'attentionProbsDropoutProb',
    'classifierDropout',
    'classifierDropoutProb',
    'dropout',
    'attentionDropout',
    'qaDropout',
    'seqClassifDropout',
    'summaryLastDropout',
    'residPdrop',
    'embdPdrop',
    'attnPdrop',
    'hiddenDropout',
  ].map((key) => [key, 0]),
);

async function load(
  { architecture, directory, modelType }: ModelCase,
  checkpoint = 'checkpoint',
): Promise<AnyModel> {
  const modelClass = (models as unknown as Record<string, typeof models.BertModel>)[architecture]!;
  const known = new Set((modelClass as unknown as { configKeys: Set<string> }).configKeys);
  const config = Object.fromEntries(Object.entries(noDropout).filter(([key]) => known.has(key)));
  expect(modelClass.modelType).toBe(modelType);
  return (await modelClass.fromPretrained(`${directory}${checkpoint}`, { config })) as unknown as AnyModel;
}

/** The inputs as `forward` takes them, in JavaScript's memory. */
const arraysOf = ({ inputs }: ModelCase) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, saved]) => {
      const values = toFloat32(saved);
      return [name, { shape: saved.shape, values: saved.dtype === 'F32' ? values : Int32Array.from(values) }];
    }),
  );

const tensorsOf = (given: ModelCase): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(arraysOf(given)).map(([name, { values, shape }]) => [
      name,
      tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32'),
    ]),
  );

/** An output by the name that it has in the file. */
function outputOf(output: object, name: string): Tensor | undefined {
  const [key = '', index] = name
    .replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    .split('.');
  const found = (output as Record<string, Tensor | Tensor[]>)[key];
  return Array.isArray(found) ? found[Number(index)] : found;
}

/** max |a − b| / max |b|, or what the library itself rounds, where that is more. */
function expectSame(
  name: string,
  actual: Tensor,
  expected: ArrayLike<number>,
  tolerance: number,
  noise = 0,
): void {
  const values = actual.dataSync();
  expect(values.length, name).toBe(expected.length);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    worst = Math.max(worst, Math.abs(values[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  expect(worst, name).toBeLessThanOrEqual(Math.max(tolerance * largest, noise));
}

describe('models compute what transformers computes, or PyTorch', () => {
  onEveryBackend(() => {
    describe.each(cases)('$name', (given) => {
      test('outputs, hidden states, attentions and the loss', async () => {
        const model = await load(given);
        tidy(() => {
          const inputs = tensorsOf(given);
          const output = model.forward(inputs as never, { outputHiddenStates: true, outputAttentions: true });
          const names = Object.keys(given.outputs);
          expect(names.length).toBeGreaterThan(0);
          for (const name of names) {
            const found = outputOf(output, name);
            expect(found, name).toBeDefined();
            expect(found!.shape, name).toEqual(given.outputs[name]!.shape);
            expectSame(
              name,
              found!,
              toFloat32(given.outputs[name]!),
              name === 'loss' ? 1e-5 : 1e-4,
              name === 'loss' ? given.noise.loss : 0,
            );
          }
        });
        model.dispose();
      });

      test.runIf(Object.keys(given.gradients).length > 0)('every gradient', async () => {
        const model = await load(given);
        tidy(() => {
          const inputs = tensorsOf(given);
          const parameters = model.parameters();
          const { grads } = variableGrads(
            () => model.forward(inputs as never).loss as Scalar,
            parameters.map(({ variable }) => variable),
          );
          // Untied models of the library have a bias besides that nothing reads.
          const isIdle = (name: string) => /^(cls\.predictions|lm_head|predictions)\.bias$/.test(name);
          const unreached = given.noGradient.filter((name) => !isIdle(name));
          expect(parameters.map(({ name }) => name).sort()).toEqual(
            [...Object.keys(given.gradients), ...unreached].sort(),
          );
          for (const { name, variable, transposed } of parameters) {
            if (given.noGradient.includes(name)) continue;
            const gradient = transposed ? transpose(grads[variable.name]!) : grads[variable.name]!;
            expectSame(
              name,
              gradient,
              toFloat32(given.gradients[name]!),
              1e-3,
              2 * (given.noise.grad_max_abs ?? 0),
            );
          }
        });
        model.dispose();
      });

      test.runIf(given.train !== undefined)('a training by AdamW', async () => {
        const model = await load(given);
        const train = given.train!;
        const examples = Array.from({ length: given.inputs.inputIds!.shape[0]! }, (_, row) => ({ row }));
        const seen: [rate: number, loss: number, norm: number][] = [];
        const trainer = new Trainer({
          model: model as never,
          args: {
            maxSteps: train.steps,
            warmupSteps: train.warmup_steps,
            learningRate: train.lr,
            weightDecay: train.weight_decay,
            maxGradNorm: 1,
            logSteps: 1,
            batchSize: examples.length,
          },
          trainDataset: examples,
          dataCollator: {
            lengths: () => [],
            collate: () => ({ inputs: arraysOf(given), items: 1, tokens: 0 }),
          },
          callbacks: [
            {
              onStep: ({ learningRate, loss, gradientNorm }) => {
                seen.push([learningRate, loss, gradientNorm]);
              },
            },
          ],
        });
        await trainer.train();
        const close = (actual: number, expected: number) =>
          expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
            Math.max(1e-4 * Math.abs(expected), given.noise.train_loss ?? 0),
          );
        expect(seen).toHaveLength(train.steps);
        seen.forEach(([rate, loss, norm], step) => {
          close(rate, train.lrs[step]!);
          close(loss, train.losses[step]!);
          close(norm, train.grad_norms[step]!);
        });
        tidy(() => {
          const { loss } = model.forward(tensorsOf(given) as never);
          close((loss as Scalar).dataSync()[0]!, train.final_loss);
        });
        model.dispose();
      });
    });
  });
});
