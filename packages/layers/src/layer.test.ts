import { useBackend } from '@chui/runtime';
import { add, io, memory, mul, type serialization, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import {
  input,
  type LayerVariable,
  layers,
  loadLayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { apply, expectSame, fillWeights, scoped } from '../../../test/support/layer_contract.js';
import { filled } from '../../../test/support/values.js';
import { ones } from './initializers.js';
import {
  deserializeLayer,
  Layer,
  type LayerArgs,
  register,
  type Shapes,
  serializeLayer,
  type Tensors,
} from './layer.js';

beforeAll(async () => void (await useBackend('cpu')));

/** y = gain · x + constant, with a constant that is no weight. */
class Gain extends Layer {
  static readonly className = 'ChuiTestGain';
  private gain!: LayerVariable;
  private offset!: Tensor;

  override build(shapes: Shapes): void {
    this.gain = this.weight('gain', [1], ones());
    this.offset = this.constant(tensor([0.5]));
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor;
    return tidy(() => add(mul(x, this.gain.read()), this.offset));
  }
}
register(Gain);

/** A layer of two parts whose weights have names of its choosing. */
class Flat extends Layer {
  static readonly className = 'ChuiTestFlat';
  readonly first = this.own('first', new Gain(), '');
  readonly second = this.own('second', new Nest({ depth: 1 }), 'second_');

  override build(shapes: Shapes): void {
    this.buildOwned(this.first, shapes);
    this.buildOwned(this.second, shapes);
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    return this.second.call(this.first.call(inputs)) as Tensor;
  }
}
register(Flat);

/** A layer of layers, nested as deep as is said. */
class Nest extends Layer {
  static readonly className = 'ChuiTestNest';
  private readonly parts: Layer[];

  constructor(private readonly args: LayerArgs & { depth: number }) {
    super(args);
    const { depth } = args;
    this.parts = [
      this.own('first', new Gain()),
      this.own('second', depth > 1 ? new Nest({ depth: depth - 1 }) : new Gain()),
    ];
  }

  override build(shapes: Shapes): void {
    for (const part of this.parts) this.buildOwned(part, shapes);
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    return tidy(() => this.parts.reduce<Tensors>((x, part) => part.call(x, {}), inputs) as Tensor);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), depth: this.args.depth };
  }
}
register(Nest);

describe('Layer', () => {
  const names = (weights: LayerVariable[]) => weights.map(({ originalName }) => originalName);

  test('calls the weights of the layers it owns by their path', () =>
    scoped((own) => {
      const nest = own(new Nest({ depth: 2, name: 'nest' }));
      apply(nest, [filled([2, 3], 1)]);
      expect(names(nest.weights)).toEqual([
        'nest/first/gain',
        'nest/second/first/gain',
        'nest/second/second/gain',
      ]);
    }));

  test('calls them otherwise where it says so', () =>
    scoped((own) => {
      const flat = own(new Flat({ name: 'flat' }));
      apply(flat, [filled([2, 3], 1)]);
      expect(names(flat.weights)).toEqual(['flat/gain', 'flat/second_first/gain', 'flat/second_second/gain']);
    }));

  test('keeps the weights of a layer it owns when a model of that layer is disposed', () =>
    scoped((own) => {
      const flat = own(new Flat());
      const x = filled([2, 3], 1);
      const expected = apply(flat, [x]);
      for (let time = 0; time < 2; time++) {
        const symbol = input({ shape: [3] });
        const view = model({ inputs: symbol, outputs: flat.first.apply(symbol) as SymbolicTensor });
        view.dispose();
        expectSame(apply(flat, [x]), expected, 0);
      }
    }));

  test('freezes the layers it owns, also from the start', () =>
    scoped((own) => {
      for (const nest of [new Nest({ depth: 2 }), new Nest({ depth: 2, trainable: false })].map(own)) {
        apply(nest, [filled([2, 3], 1)]);
        nest.trainable = false;
        expect(nest.trainableWeights).toEqual([]);
        expect(nest.nonTrainableWeights.length).toBe(3);
      }
      const frozen = own(new Nest({ depth: 2, trainable: false }));
      apply(frozen, [filled([2, 3], 1)]);
      expect(frozen.trainableWeights).toEqual([]);
      expect(frozen.weights.length).toBe(3);
    }));

  test('is saved with the layers it owns, whose constants are not', () =>
    scoped(async (own) => {
      const x = filled([2, 3], 1);
      const symbol = input({ shape: [3] });
      const nest = new Nest({ depth: 2, name: 'nest' });
      const saved = own(model({ inputs: symbol, outputs: nest.apply(symbol) as SymbolicTensor }));
      fillWeights(nest, 2);
      let artifacts: io.ModelArtifacts = {};
      const handler = io.withSaveHandler(async (made) => {
        artifacts = made;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      });
      await saved.save(handler);
      expect(artifacts.weightSpecs!.map(({ name }) => name)).toEqual(names(saved.weights));
      const loaded = own(await loadLayersModel(io.fromMemory(artifacts)));
      expectSame([loaded.predict(x) as Tensor], [saved.predict(x) as Tensor]);
    }));

  test('disposes its constants and those of the layers it owns', () => {
    const before = memory().numTensors;
    scoped((own) => void apply(own(new Nest({ depth: 3 })), [filled([2, 3], 1)]));
    expect(memory().numTensors).toBe(before);
  });
});

describe('register', () => {
  test('takes a class once or again, but no namesake', () => {
    register(Gain);
    class Namesake extends Layer {
      static readonly className = Gain.className;
    }
    expect(() => register(Namesake)).toThrow('className must be unused, but ChuiTestGain is taken');
  });
});

describe('serializeLayer', () => {
  test('describes a layer so that deserializeLayer makes it again', () => {
    const copy = deserializeLayer(serializeLayer(new Nest({ depth: 2, name: 'a' })));
    expect(copy).toBeInstanceOf(Nest);
    expect(copy.getConfig()).toMatchObject({ name: 'a', depth: 2 });
    const dense = layers.dense({ units: 3 });
    expect(deserializeLayer(dense)).toBe(dense);
    expect(deserializeLayer(serializeLayer(dense)).getConfig()).toEqual(dense.getConfig());
    expect(() => deserializeLayer({ className: 'Other', config: {} })).toThrow(
      'className must be a registered layer, but is Other',
    );
  });
});
