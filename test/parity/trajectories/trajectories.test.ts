import { readFileSync } from 'node:fs';
import { DecoderBlock, EncoderBlock, meanSquaredError } from '@chui/layers';
import { dataCollatorWithPadding, Trainer } from '@chui/training';
import { dispose, memory, type Scalar, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';
import { readGolden } from '../../support/golden.js';
import { allowed, blockArgs, blockParameters } from '../../support/torch_blocks.js';

interface Trajectory {
  lrs: number[];
  losses: number[];
  grad_norms: number[];
  final_loss: number;
  /** Largest difference to the same in float64. */
  noise: number;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/trajectories.json', import.meta.url), 'utf8'),
) as { cases: Record<string, Trajectory> };

/** The rows of tensors as examples. */
function rows(tensors: Record<string, Tensor>) {
  const nested = Object.entries(tensors).map(
    ([name, tensor]) => [name, tensor.arraySync() as unknown[]] as const,
  );
  const count = nested[0]![1].length;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(nested.map(([name, values]) => [name, values[row]])),
  ) as object[];
}

describe('training by AdamW against PyTorch', () => {
  onEveryBackend(() => {
    test.each(Object.entries(cases))('%s', async (name, expected) => {
      const before = memory().numTensors;
      const golden = readGolden(name);
      const isEncoder = name.startsWith('encoder');
      const block = isEncoder ? new EncoderBlock(blockArgs(golden)) : new DecoderBlock(blockArgs(golden));
      const fields = tidy((): Record<string, Tensor> => {
        const inputs: Record<string, Tensor> = isEncoder
          ? { x: golden.read('input.src'), mask: allowed(golden, 'src_key_padding_mask', 'src_mask') }
          : {
              x: golden.read('input.tgt'),
              memory: golden.read('input.memory'),
              mask: allowed(golden, 'memory_key_padding_mask'),
            };
        return { ...inputs, labels: golden.read('probe.output') };
      });
      const trainDataset = rows(fields);
      const run = ({ x, memory, mask }: Record<string, Tensor>) =>
        block.apply(memory ? [x!, memory, mask!] : [x!, mask!]) as Tensor;
      const model = {
        forward: (inputs: Record<string, Tensor>) =>
          tidy(() => ({ loss: meanSquaredError(run(inputs), inputs.labels!) as Scalar })),
        trainableVariables: () => block.trainableWeights.map((weight) => weight.read() as Variable),
      };
      tidy(() => {
        run(fields);
        for (const { variable, value } of blockParameters(block, 16)) {
          variable.assign(value((parameter) => golden.read(`param.${parameter}`)) as Variable);
        }
      });

      dispose(fields);

      const [lrs, losses, norms]: number[][] = [[], [], []];
      const trainer = new Trainer({
        model,
        args: {
          maxSteps: 6,
          warmupSteps: 2,
          learningRate: 0.01,
          weightDecay: 0.01,
          maxGradNorm: 1,
          logSteps: 1,
          batchSize: trainDataset.length,
        },
        dataCollator: dataCollatorWithPadding({ floatFields: ['x', 'memory', 'mask', 'labels'] }),
        trainDataset,
        callbacks: [
          {
            onStep({ learningRate, loss, gradientNorm }) {
              lrs!.push(learningRate);
              losses!.push(loss);
              norms!.push(gradientNorm);
            },
          },
        ],
      });
      await trainer.train();
      const { loss } = await trainer.evaluate(trainDataset);
      expectClose(lrs!, expected.lrs, 1e-9);
      expectClose(losses!, expected.losses, expected.noise);
      expectClose(norms!, expected.grad_norms, expected.noise);
      expectClose([loss], [expected.final_loss], expected.noise);
      block.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });
});

/** To 1e-4 of the values, or what PyTorch itself rounds. */
function expectClose(actual: readonly number[], expected: readonly number[], noise: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs(actual[index]! - value)).toBeLessThanOrEqual(Math.max(1e-4 * Math.abs(value), noise));
  }
}
