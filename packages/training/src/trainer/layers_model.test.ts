import {
  initializers,
  layers,
  memory,
  model,
  regularizers,
  sequential,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { dataCollatorWithPadding } from '../data/collators/data_collator_with_padding.js';
import { accuracy } from '../metrics/classification.js';
import { randomStream } from '../random.js';
import { TrainableLayersModel } from './layers_model.js';
import { Trainer } from './trainer.js';

const random = randomStream(3);
/** Points of the plane, and on which side of a circle they are. */
const points = Array.from({ length: 200 }, () => {
  const [x, y] = [4 * random() - 2, 4 * random() - 2];
  return { point: Float32Array.of(x, y), labels: x * x + y * y < 2 ? 1 : 0 };
});
const [trainDataset, evalDataset] = [points.slice(0, 150), points.slice(150)];

const dense = (args: Parameters<typeof layers.dense>[0], seed: number) =>
  layers.dense({ ...args, kernelInitializer: initializers.heNormal({ seed }) });

const classifier = (...extra: layers.Layer[]) =>
  sequential({
    layers: [dense({ units: 16, activation: 'relu', inputShape: [2] }, 1), ...extra, dense({ units: 2 }, 2)],
  });

describe('Trainer of a tf.LayersModel', () => {
  onEveryBackend(() => {
    it('learns classes, with dropout and batch normalisation, and predicts in order', async () => {
      const net = classifier(layers.dropout({ rate: 0.1 }), layers.batchNormalization({ momentum: 0.8 }));
      const trainer = new Trainer({
        model: net,
        loss: 'crossEntropy',
        args: { epochs: 30, batchSize: 25, learningRate: 0.03, metricForBestModel: 'accuracy' },
        trainDataset,
        evalDataset,
        predictionsOf: ({ logits }) => logits!.argMax(-1),
        computeMetrics: ({ predictions, labels }) => ({
          accuracy: accuracy(predictions as number[], labels as number[]),
        }),
      });
      const { best, evaluations } = await trainer.train();
      expect(best!.metrics.accuracy).toBeGreaterThan(0.85);
      expect(best!.metrics.accuracy).toBe(Math.max(...evaluations.map(({ metrics }) => metrics.accuracy!)));
      const { predictions, labels } = await trainer.predict(points);
      expect(labels).toEqual(points.map((each) => each.labels));
      const own = tidy(() =>
        (net.predict(tensor2d(points.map(({ point }) => [...point]))) as ReturnType<typeof tensor2d>)
          .argMax(-1)
          .dataSync(),
      );
      expect(predictions).toEqual([...own]);
      net.dispose();
    });

    it('learns numbers from several inputs, by their names', async () => {
      const [left, right] = ['left', 'right'].map((name) => layers.input({ shape: [1], name }));
      const joined = layers.concatenate().apply([left!, right!]);
      const net = model({
        inputs: [left!, right!],
        outputs: layers.dense({ units: 1 }).apply(joined) as never,
      });
      const examples = Array.from({ length: 64 }, () => {
        const [a, b] = [random(), random()];
        return { right: Float32Array.of(b), left: Float32Array.of(a), labels: 2 * a - b };
      });
      const trainer = new Trainer({
        model: net,
        loss: 'meanSquaredError',
        args: { epochs: 60, batchSize: 16, learningRate: 0.1, schedule: 'cosine' },
        trainDataset: examples,
      });
      await trainer.train();
      expect((await trainer.evaluate(examples)).loss).toBeLessThan(1e-3);
      net.dispose();
    });

    it('learns by a loss of its user', async () => {
      const net = classifier();
      const before = memory().numTensors;
      const trainer = new Trainer({
        model: net,
        loss: (output, labels) => {
          const logits = (output as ReturnType<typeof tensor2d>).slice([0, 0], [-1, 1]).squeeze([1]);
          return logits.sub(labels!.toFloat()).abs().mean();
        },
        args: { epochs: 30, batchSize: 25, learningRate: 0.02 },
        trainDataset,
      });
      const first = (await trainer.evaluate(evalDataset)).loss;
      await trainer.train();
      expect((await trainer.evaluate(evalDataset)).loss).toBeLessThan(0.7 * first);
      expect(memory().numTensors).toBe(before);
      net.dispose();
    });
  });

  it('names weights the same in every process, and each once', () => {
    const make = () => {
      const named = () => sequential({ layers: [layers.dense({ units: 3, name: 'same', inputShape: [3] })] });
      return sequential({
        layers: [
          layers.dense({ units: 3, inputShape: [2] }),
          layers.dense({ units: 3 }),
          named(),
          named(),
          layers.batchNormalization(),
        ],
      });
    };
    const names = () => {
      const net = make();
      const found = new TrainableLayersModel(net, 'crossEntropy').namedParameters().map(([name]) => name);
      net.dispose();
      return found;
    };
    const first = names();
    expect(names()).toEqual(first);
    expect(new Set(first).size).toBe(12);
    expect(first.slice(0, 6)).toEqual([
      'dense_1.kernel',
      'dense_1.bias',
      'dense_2.kernel',
      'dense_2.bias',
      'sequential_1.same.kernel',
      'sequential_1.same.bias',
    ]);
  });

  it('adds what regularizers say to the loss of steps', async () => {
    const first = async (strength: number) => {
      const kernelRegularizer = strength > 0 ? regularizers.l2({ l2: strength }) : undefined;
      const net = sequential({
        layers: [layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'ones', kernelRegularizer })],
      });
      const losses: number[] = [];
      await new Trainer({
        model: net,
        loss: 'crossEntropy',
        args: { maxSteps: 1, logSteps: 1 },
        trainDataset,
        callbacks: [{ onStep: ({ loss }) => void losses.push(loss) }],
      }).train();
      net.dispose();
      return losses[0]!;
    };
    expect((await first(0.5)) - (await first(0))).toBeCloseTo(0.5 * 4, 5);
  });

  it('keeps moving means, and means of weights, from what is not finite', async () => {
    const bad = [{ point: Float32Array.of(Number.NaN, 0), labels: 0 }];
    for (const gradientAccumulationSteps of [1, 2]) {
      const net = classifier(layers.batchNormalization());
      const result = await new Trainer({
        model: net,
        loss: 'crossEntropy',
        args: { epochs: 2, batchSize: 10, ema: 0.9, nonFinite: 'skip', gradientAccumulationSteps },
        trainDataset: [...trainDataset, ...bad],
      }).train();
      expect(result.skippedSteps).toBe(2);
      const weights = net.getWeights().flatMap((weight) => [...weight.dataSync()]);
      expect(weights.every(Number.isFinite)).toBe(true);
      net.dispose();
    }
  });

  it('runs what cannot be recorded as it is', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const net = sequential({
      layers: [
        layers.reshape({ targetShape: [2, 1], inputShape: [2] }),
        layers.gru({ units: 4, dropout: 0.2 }),
        layers.dense({ units: 2 }),
      ],
    });
    const trainer = new Trainer({ model: net, loss: 'crossEntropy', args: { maxSteps: 3 }, trainDataset });
    expect((await trainer.train()).steps).toBe(3);
    warn.mockRestore();
  });

  it('repeats by seed, Dropout of tfjs included', async () => {
    const net = classifier(layers.dropout({ rate: 0.5 }));
    const start = net.getWeights().map((weight) => weight.clone());
    const runs: number[][] = [];
    for (const seed of [1, 1, 2]) {
      net.setWeights(start);
      const losses: number[] = [];
      const args = { maxSteps: 6, logSteps: 1, seed };
      const callbacks = [{ onStep: ({ loss }: { loss: number }) => void losses.push(loss) }];
      await new Trainer({ model: net, loss: 'crossEntropy', args, trainDataset, callbacks }).train();
      runs.push(losses);
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });

  it('leaves Dropout layers as they are', async () => {
    const dropout = layers.dropout({ rate: 0.5 });
    const { call } = dropout;
    const net = classifier(dropout);
    const trainer = new Trainer({ model: net, loss: 'crossEntropy', args: { maxSteps: 2 }, trainDataset });
    expect(dropout.call).toBe(call);
    await trainer.train();
    expect(dropout.call).toBe(call);
    const bad = [{ point: Float32Array.of(1, 2, 3), labels: 0 }];
    await expect(trainer.evaluate(bad)).rejects.toThrow();
    expect(dropout.call).toBe(call);
    net.dispose();
  });

  it('refuses labels that are no shares, for binaryCrossEntropy', async () => {
    const net = classifier();
    const loss = 'binaryCrossEntropy';
    const train = (labels: number[], dataCollator?: ReturnType<typeof dataCollatorWithPadding>) => {
      const odd = [
        ...points.slice(0, 20).map(({ point }) => ({ point, labels: [0, 1] })),
        { point: points[0]!.point, labels },
      ];
      return new Trainer({ model: net, args: { epochs: 1 }, trainDataset: odd, loss, dataCollator }).train();
    };
    expect((await train([0.5, 1])).steps).toBe(1);
    await expect(train([0, 1.2])).rejects.toThrow('example 20 must have labels from 0 to 1, but has 1.2');
    await expect(train([Number.NaN, 0])).rejects.toThrow(
      'example 20 must have labels from 0 to 1, but has NaN',
    );
    await expect(train([-100, 0], dataCollatorWithPadding())).rejects.toThrow(
      'example 20 must have labels from 0 to 1, but has -100',
    );
    net.dispose();
  });

  it('does not freeze what other layers draw', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const net = classifier(layers.gaussianNoise({ stddev: 1 }));
    const losses = new Set<number>();
    const trainer = new Trainer({
      model: net,
      loss: 'crossEntropy',
      args: { maxSteps: 5, logSteps: 1, learningRate: 0, batchSize: 150, schedule: 'constant' },
      trainDataset,
      callbacks: [{ onStep: ({ loss }) => void losses.add(loss) }],
    });
    await trainer.train();
    expect(losses.size).toBe(5);
    for (const [message] of warn.mock.calls)
      expect(message).toMatch(/^the model runs uncompiled, for a recorded/);
    warn.mockRestore();
  });

  it('says what is missing', async () => {
    const args = { epochs: 1 };
    const net = classifier();
    expect(() => new Trainer({ model: net, args, trainDataset })).toThrow(
      'loss must be given for a tf.LayersModel',
    );
    expect(() => new Trainer({ model: net, args, trainDataset, loss: 'hinge' as never })).toThrow(
      'loss must be one of crossEntropy, meanSquaredError, binaryCrossEntropy, but is hinge',
    );
    const odd = points.map(({ point }, index) => ({ point, labels: index % 3 }));
    await expect(
      new Trainer({ model: net, args, trainDataset: odd, loss: 'crossEntropy' }).train(),
    ).rejects.toThrow(/^example \d+ must have labels from 0 to 1 \(numLabels\), or -100, but has 2$/);
    const two = points.map(({ point, labels }) => ({ point, colour: point, labels }));
    await expect(
      new Trainer({ model: net, args, trainDataset: two, loss: 'crossEntropy' }).train(),
    ).rejects.toThrow(/^examples must have dense_.*_input, an input of the model, but have point, colour$/);
  });
});
