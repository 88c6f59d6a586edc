import {
  addN,
  engine,
  io,
  memory,
  mul,
  type serialization,
  sum,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { input, type layers, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { expectClose } from './gradients.js';
import { filled, values } from './values.js';

type Layer = layers.Layer;
/** Takes something that the test made, to dispose it at its end. */
type Own = <D extends { dispose(): unknown }>(made: D) => D;

export interface LayerContract {
  /** A new layer, always of the same options. */
  make: () => Layer;
  /** New inputs, always the same; those that are not float32 have no gradient. */
  inputs: () => Tensor[];
  /** Distance of the central differences. */
  step?: number;
}

/** Declares the tests that every layer passes, on the backend that is set. */
export function layerContract({ make, inputs, step }: LayerContract): void {
  /** A layer that has its weights, and its inputs. */
  const built = (own: Own) => {
    const [layer, x] = [own(make()), inputs()];
    apply(layer, x);
    fillWeights(layer, 3);
    return { layer, x };
  };

  test('puts out the shapes that computeOutputShape says', () =>
    scoped((own) => {
      const { layer, x } = built(own);
      const shapes = layer.computeOutputShape(single(x.map(({ shape }) => shape)));
      expect(apply(layer, x).map(({ shape }) => shape)).toEqual(Array.isArray(shapes[0]) ? shapes : [shapes]);
    }));

  test('is made again from its configuration', () =>
    scoped((own) => {
      const { layer, x } = built(own);
      const config = layer.getConfig();
      const layerClass = layer.constructor as serialization.SerializableConstructor<Layer>;
      const copy = own(layerClass.fromConfig!(layerClass, JSON.parse(JSON.stringify(config))));
      expect(copy.getConfig()).toEqual(config);
      apply(copy, x);
      copy.setWeights(layer.getWeights());
      expectSame(apply(copy, x), apply(layer, x));
    }));

  test('is saved and loaded in a model, which predicts what the layer puts out', () =>
    scoped(async (own) => {
      const [layer, x] = [make(), inputs()];
      const symbols = x.map(({ shape, dtype }, i) =>
        input({ shape: shape.slice(1), dtype: dtype as 'float32', name: `input_${i}` }),
      );
      const saved = own(model({ inputs: symbols, outputs: layer.apply(single(symbols)) as SymbolicTensor }));
      fillWeights(layer, 5);
      const outputs = apply(layer, x);
      expectSame(list(saved.predict(single(x))), outputs);

      let artifacts: io.ModelArtifacts = {};
      const handler = io.withSaveHandler(async (made) => {
        artifacts = made;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      });
      await saved.save(handler);
      const loaded = own(await loadLayersModel(io.fromMemory(artifacts)));
      const described = (from: typeof saved) =>
        from.weights.map(({ originalName, shape }) => [originalName, shape]);
      expect(described(loaded)).toEqual(described(saved));
      expectSame(list(loaded.predict(single(x))), outputs);
    }));

  test('has gradients that agree with central differences', () =>
    scoped((own) => {
      const { layer, x } = built(own);
      const points = [
        ...floats(x).map((i) => ({
          name: `input ${i}`,
          first: x[i]!,
          lossAt: (moved: Tensor) => probe(apply(layer, x.with(i, moved))),
        })),
        ...layer.trainableWeights.map((weight) => ({
          name: weight.name,
          first: weight.read().clone(),
          lossAt: (moved: Tensor) => {
            weight.write(moved);
            return probe(apply(layer, x));
          },
        })),
      ];
      const gradients = layerGradients(layer, x);
      points.forEach(({ name, first, lossAt }, i) => {
        const slopes = differences(first, lossAt, step);
        lossAt(first);
        const gradient = gradients[i]!.dataSync();
        const worst = Math.max(...slopes.map((slope, at) => Math.abs(slope - gradient[at]!)));
        // Rounding alone makes slopes of 1e-5 where there is none, as of a key's bias, which softmax cancels.
        const largest = Math.max(...slopes.map(Math.abs), 1e-2);
        expect(worst / largest, `gradient of ${name}: [${gradient}] for [${slopes}]`).toBeLessThan(1e-2);
      });
    }));

  test('keeps no tensor but its outputs', () =>
    scoped((own) => {
      const { layer, x } = built(own);
      const before = memory().numTensors;
      const outputs = apply(layer, x);
      expect(memory().numTensors).toBe(before + outputs.length);
    }));

  test('is frozen and thawed with all its weights', () =>
    scoped((own) => {
      const { layer } = built(own);
      const names = layer.trainableWeights.map(({ name }) => name);
      layer.trainable = false;
      expect(layer.trainableWeights).toEqual([]);
      expect(layer.nonTrainableWeights.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
      layer.trainable = true;
      expect(layer.trainableWeights.map(({ name }) => name)).toEqual(names);
    }));

  test('leaves nothing behind when disposed', () => {
    const before = memory().numTensors;
    scoped((own) => void built(own));
    expect(memory().numTensors).toBe(before);
  });
}

/**
 * Gradients of `probe` of a layer's outputs: of its float32 inputs, then of its trainable weights. They are zeros where
 * nothing leads from there to the outputs.
 */
export function layerGradients(layer: Layer, inputs: Tensor[]): Tensor[] {
  const weights = layer.trainableWeights.map((weight) => weight.read() as Variable);
  const places = floats(inputs);
  const points = [...places.map((place) => inputs[place]!), ...weights];
  return tidy(() => {
    const { grads } = engine().gradients(() => probe(apply(layer, inputs)), points, undefined, true);
    return grads.map((gradient: Tensor | undefined, i) => gradient ?? zerosLike(points[i]!));
  });
}

/** Σ probe · output over all outputs, the probes being fixed and uneven: a loss on which every output bears. */
function probe(outputs: Tensor[]): Tensor {
  return tidy(() =>
    addN(outputs.map((output, i) => sum(mul(output, tensor(values(output.size, 11 + i), output.shape))))),
  );
}

/** The outputs of a layer, as a list. */
export function apply(layer: Layer, inputs: Tensor[]): Tensor[] {
  return list(layer.apply(single(inputs)) as Tensor | Tensor[]);
}

/** Writes weights of a fixed, uneven sort, so that no bias is zero. */
export function fillWeights(layer: Layer, seed: number): void {
  tidy(() => layer.setWeights(layer.weights.map(({ shape }, i) => filled(shape as number[], seed + i))));
}

/** Runs a test's body, then disposes its tensors, but for variables, and what it gave to `own`. */
export function scoped(body: (own: Own) => void | Promise<void>): void | Promise<void> {
  const owned: { dispose(): unknown }[] = [];
  const end = () => {
    engine().endScope();
    // A layer that was not built, as when a test has failed, throws when disposed.
    for (const made of owned) if (!('built' in made) || made.built) made.dispose();
  };
  engine().startScope('test');
  let result: void | Promise<void>;
  try {
    result = body((made) => {
      owned.push(made);
      return made;
    });
  } catch (error) {
    end();
    throw error;
  }
  if (result) return result.finally(end);
  end();
}

export function expectSame(actual: Tensor[], expected: Tensor[], tolerance = 1e-6): void {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, tensor] of actual.entries()) expectClose(tensor, expected[i]!.dataSync(), tolerance);
}

function differences(at: Tensor, lossAt: (moved: Tensor) => Tensor, step = 1e-2): number[] {
  const first = at.dataSync();
  const valueAt = (index: number, distance: number) =>
    tidy(() => {
      const moved = first.slice();
      moved[index]! += distance;
      return lossAt(tensor(moved, at.shape)).dataSync()[0]!;
    });
  return Array.from(first, (_, index) => (valueAt(index, step) - valueAt(index, -step)) / (2 * step));
}

function single<T>(values: T[]): T | T[] {
  return values.length === 1 ? values[0]! : values;
}

function list<T>(values: T | T[]): T[] {
  return Array.isArray(values) ? values : [values];
}

/** The places of the inputs that have a gradient. */
function floats(inputs: Tensor[]): number[] {
  return inputs.flatMap(({ dtype }, i) => (dtype === 'float32' ? [i] : []));
}
