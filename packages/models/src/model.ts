import { type ModelFiles, openFiles, saveFiles } from '@chui/hub';
import { setSeed } from '@chui/runtime';
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import type { z } from 'zod';
import { assignParameters, writeParameters } from './checkpoint.js';
import { type ModelConfig, parseConfig, readConfig, writeConfig } from './config.js';

/** A model class: its name in config.json, its configuration's schema, its constructor. */
export interface ModelClass<M extends Model, S extends z.ZodType> {
  readonly modelType: string;
  readonly schema: S;
  new (config: z.output<S>): M;
}

/**
 * Base of every model. A model owns its layers; its wiring is one function over them that runs on tensors (`forward`)
 * and on symbolic tensors (`toLayersModel`).
 */
export abstract class Model<C extends ModelConfig = ModelConfig> {
  constructor(readonly config: C) {}

  /**
   * A new model with random weights.
   *
   * @param options.seed makes the weights repeat
   * @throws RangeError naming the key, the rule and the value.
   */
  static fromConfig<M extends Model, S extends z.ZodType>(
    this: ModelClass<M, S>,
    config: z.input<S>,
    options: { seed?: number } = {},
  ): M {
    const checked = parseConfig(this.schema, config, this.modelType);
    if (options.seed !== undefined) setSeed(options.seed);
    return new this(checked);
  }

  /**
   * A saved model.
   *
   * @param name a directory, or a URL of one
   * @throws Error naming the file, the rule and what is there.
   */
  static async fromPretrained<M extends Model, S extends z.ZodType>(
    this: ModelClass<M, S>,
    name: string,
  ): Promise<M> {
    const files = await openFiles(name);
    return loadModel(this, files, await readConfig(files));
  }

  /** The model's layers, in the order of its wiring. All are built. */
  protected abstract readonly layers: readonly layers.Layer[];

  /**
   * The model as a tf.LayersModel of named inputs, for `predict`, `save('file://…')` and plain tfjs; it shares this
   * model's weights. A loaded LayersModel needs `import '@chui/layers'`, and predicts only.
   */
  abstract toLayersModel(): LayersModel;

  /** Every parameter under the name that it has in a checkpoint. */
  namedParameters(): [name: string, parameter: Variable][] {
    return this.layers.flatMap((layer) =>
      layer.weights.map((weight): [string, Variable] => [
        weight.originalName.replaceAll('/', '.'),
        weight.read() as Variable,
      ]),
    );
  }

  /** The variables that training changes. */
  trainableVariables(): Variable[] {
    return this.layers.flatMap((layer) => layer.trainableWeights.map((weight) => weight.read() as Variable));
  }

  /** How many numbers the parameters have together. */
  countParameters(): number {
    return this.namedParameters().reduce((sum, [, { size }]) => sum + size, 0);
  }

  /**
   * Writes config.json and model.safetensors into a directory. A failure leaves what was there before.
   *
   * @throws Error naming the file and what is wrong with it.
   */
  async savePretrained(directory: string): Promise<void> {
    await saveFiles(directory, await this.toFiles());
  }

  /** What `savePretrained` writes, by file name. */
  async toFiles(): Promise<Record<string, string | Uint8Array>> {
    return {
      'model.safetensors': await writeParameters(this.namedParameters()),
      'config.json': this.configFile(),
    };
  }

  /** The text of config.json. */
  configFile(): string {
    return writeConfig(this.config);
  }

  /** Takes the parameters of a checkpoint; see `assignParameters`. */
  async loadParameters(files: ModelFiles): Promise<void> {
    const file = 'model.safetensors';
    assignParameters(this.namedParameters(), await files.bytes(file), `${files.name}/${file}`);
  }

  /** Frees the parameters. The model, and LayersModels made from it, cannot be used afterwards. */
  dispose(): void {
    for (const layer of this.layers) {
      // A layer frees its weights when each of its uses in a LayersModel is gone.
      while (layer.dispose().refCountAfterDispose > 0);
    }
  }
}

/** A model of the given class from files whose config.json has been read. */
export async function loadModel<M extends Model, S extends z.ZodType>(
  modelClass: ModelClass<M, S>,
  files: ModelFiles,
  config: Record<string, unknown>,
): Promise<M> {
  const source = `${files.name}/config.json`;
  if (config.modelType !== modelClass.modelType) {
    throw new RangeError(`${source}: model_type must be ${modelClass.modelType}, but is ${config.modelType}`);
  }
  const model = new modelClass(parseConfig(modelClass.schema, config, source));
  try {
    await model.loadParameters(files);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
