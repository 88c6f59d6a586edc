import { keep, serialization, type Tensor } from '@tensorflow/tfjs-core';
import { type initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';

/** What every layer's constructor takes besides its own options: `name`, `trainable`, `dtype`, ... */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;
/** One tensor or a list, as tfjs hands it to `call`. */
export type Tensors = Tensor | Tensor[];
/** One shape or a list, as tfjs hands it to `build` and `computeOutputShape`. */
export type Shapes = Shape | Shape[];
/** Anything that makes a weight's first value. */
export type Initializer = ReturnType<typeof initializers.zeros>;

/**
 * Base of every chui layer: a tf.layers.Layer that may own other layers.
 *
 * An owned layer (`own`) is built by its owner inside the owner's name scope, so its weights are called
 * `owner/child/weight` in a saved model, unless the owner says otherwise, are trained, frozen, saved and disposed with
 * the owner, and `call` may use it directly.
 */
export abstract class Layer extends layers.Layer {
  private readonly owned: Layer[] = [];
  private readonly constants: Tensor[] = [];
  private owner?: Layer;
  private ownPrefix = '';

  /**
   * Makes `layer` a part of this one; call it in the constructor, or in `build` if it depends on shapes.
   *
   * @param prefix what the names of its weights begin with inside this layer
   */
  protected own<L extends Layer>(name: string, layer: L, prefix = `${name}/`): L {
    if (layer.owner)
      throw new Error(`${name} must be a layer of one owner, but is a part of ${layer.owner.name}`);
    layer.name = name;
    layer.owner = this;
    layer.ownPrefix = prefix;
    if (!this.trainable) layer.trainable = false;
    this.owned.push(layer);
    return layer;
  }

  private get prefix(): string {
    return this.owner ? `${this.owner.prefix}${this.ownPrefix}` : '';
  }

  /** Builds an owned layer once, inside `build` of its owner. */
  protected buildOwned(layer: Layer, shapes: Shapes): void {
    if (layer.built) return;
    layer.build(shapes);
    layer.built = true;
  }

  /** Adds a float32 weight under this layer's full name. */
  protected weight(
    name: string,
    shape: Shape,
    initializer: Initializer,
    { trainable = true }: { trainable?: boolean } = {},
  ): LayerVariable {
    return this.addWeight(`${this.prefix}${name}`, shape, 'float32', initializer, undefined, trainable);
  }

  /** Keeps a tensor that is no weight, and so is not saved, until the layer or its owner is disposed. */
  protected constant<T extends Tensor>(tensor: T): T {
    this.constants.push(keep(tensor));
    return tensor;
  }

  /** Frees the weights; those of an owned layer, which may be used in models of its own, are its owner's to free. */
  override dispose(): ReturnType<layers.Layer['dispose']> {
    return this.owner ? { refCountAfterDispose: 1, numDisposedVariables: 0 } : super.dispose();
  }

  protected override disposeWeights(): number {
    this.disposeConstants();
    return super.disposeWeights();
  }

  private disposeConstants(): void {
    for (const constant of this.constants) constant.dispose();
    for (const child of this.owned) child.disposeConstants();
  }

  override get trainable(): boolean {
    return super.trainable;
  }
  override set trainable(trainable: boolean) {
    super.trainable = trainable;
    for (const child of this.owned ?? []) child.trainable = trainable;
  }

  override get trainableWeights(): LayerVariable[] {
    return [...super.trainableWeights, ...this.owned.flatMap((child) => child.trainableWeights)];
  }
  override set trainableWeights(weights: LayerVariable[]) {
    super.trainableWeights = weights;
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return [...super.nonTrainableWeights, ...this.owned.flatMap((child) => child.nonTrainableWeights)];
  }
  override set nonTrainableWeights(weights: LayerVariable[]) {
    super.nonTrainableWeights = weights;
  }
}

type LayerClass = serialization.SerializableConstructor<serialization.Serializable> & { className: string };

/**
 * Makes a layer class loadable by `tf.loadLayersModel`. Class names begin with `Chui`, since tfjs files every class
 * under its bare name and has, for one, an unexported `MultiHeadAttention` of its own.
 *
 * @throws Error if another class has the name: tfjs would silently replace it.
 */
export function register(layerClass: LayerClass): void {
  const taken = serialization.SerializationMap.getMap().classNameMap[layerClass.className];
  if (taken && taken[0] !== layerClass) {
    throw new Error(`className must be unused, but ${layerClass.className} is taken`);
  }
  serialization.registerClass(layerClass);
}

/** An owned layer as data, for `getConfig`. */
export function serializeLayer(layer: layers.Layer): serialization.ConfigDict {
  return { className: layer.getClassName(), config: layer.getConfig() };
}

/** The layer that `serializeLayer` described; a layer passes through. */
export function deserializeLayer(layer: layers.Layer | serialization.ConfigDict): layers.Layer {
  if (layer instanceof layers.Layer) return layer;
  const className = String(layer.className);
  const entry = serialization.SerializationMap.getMap().classNameMap[className];
  if (!entry) throw new Error(`className must be a registered layer, but is ${className}`);
  const [layerClass, fromConfig] = entry;
  return fromConfig(layerClass, layer.config as serialization.ConfigDict) as layers.Layer;
}

/**
 * A part that is given to a layer: a layer as it is, or made of what `serializeLayer` says of it.
 *
 * @param what the part must be, as in `an attention with heads`
 * @param kinds the classes that are that
 * @throws TypeError if it is of none of the classes
 * @throws Error if it is described as of a class that is not registered
 */
export function partOf<K extends (abstract new (...args: never[]) => Layer)[]>(
  name: string,
  given: layers.Layer | serialization.ConfigDict,
  what: string,
  ...kinds: K
): InstanceType<K[number]> {
  const part = deserializeLayer(given);
  if (kinds.some((kind) => part instanceof kind)) return part as InstanceType<K[number]>;
  throw new TypeError(`${name} must be ${what}, but is ${part.getClassName()}`);
}

/** One shape or a list of shapes, as a list. */
export function shapeList(shapes: Shapes): Shape[] {
  return (Array.isArray(shapes[0]) ? shapes : [shapes]) as Shape[];
}

/** @throws RangeError unless `shape` is that of sequences of vectors: (batch, length, width). */
export function sequenceShape(name: string, shape: Shape): [batch: number, length: number, width: number] {
  if (shape.length !== 3) {
    throw new RangeError(`${name} must be of rank 3 (batch, length, width), but has shape [${shape}]`);
  }
  return shape as [number, number, number];
}

/** @throws RangeError unless `value` is a whole number above zero. */
export function positiveInteger(name: string, value: number): number {
  if (!Number.isInteger(value) || value <= 0) {
    throw new RangeError(`${name} must be a positive integer, but is ${value}`);
  }
  return value;
}

/** @throws RangeError unless `value` may be a dropout rate: at least 0 and below 1. */
export function dropoutRate(name: string, value: number): number {
  if (!(value >= 0 && value < 1))
    throw new RangeError(`${name} must be at least 0 and below 1, but is ${value}`);
  return value;
}
