import { type ModelFiles, openFiles, saveFiles } from '@chui/hub';
import { withoutDrawing } from '@chui/layers';
import { randomState, restoreRandomState, setSeed } from '@chui/runtime';
import { engine, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import type { z } from 'zod';
import {
  assignParameters,
  checkpointFiles,
  type Leniency,
  matchParameters,
  openCheckpoint,
  type Parameter,
  type SaveOptions,
} from './checkpoint.js';
import { camelKeys, knownKeys, type ModelConfig, parseConfig, readConfig, writeConfig } from './config.js';
import { checkKnownKeys } from './known_keys.js';
import { loraParameter } from './lora/low_rank.js';
import type { Tensors } from './saving/int8.js';
import { withDtype } from './saving/saved_dtype.js';

/** A model class: its name in config.json, its configuration's schema, its constructor. */
export interface ModelClass<M extends Model, S extends z.ZodType> {
  readonly modelType: string;
  readonly schema: S;
  /** The keys of its configuration that files have; their other keys are kept as they are. Default: there are no others. */
  readonly configKeys?: ReadonlySet<string>;
  /** Its name in `architectures` of config.json. */
  readonly architecture?: string;
  /** A file's configuration, as `knownKeys` has it, with what a caller changes. Default: with those keys in its place. */
  mergedConfig?(saved: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown>;
  new (config: z.output<S>): M;
}

/** How files of a model are found: those of `openFiles`. */
type OpenOptions = NonNullable<Parameters<typeof openFiles>[1]>;

/** Options of `fromPretrained`. */
export interface PretrainedOptions extends OpenOptions, LoadOptions {}

/** Options of a model that is loaded, wherever its files are. */
export interface LoadOptions {
  /** What differs from config.json, such as `numLabels`. */
  config?: Record<string, unknown> | undefined;
  /**
   * Whether weights of another shape are left out, and begin at random. Default false: they are an error. Weights that are
   * missing are one in any case, but for those of a head that the checkpoint is not of.
   */
  ignoreMismatchedSizes?: boolean | undefined;
  /** Makes weights that the checkpoint does not have repeat. */
  seed?: number | undefined;
}

interface ParameterOptions<C> extends Pick<LoadOptions, 'ignoreMismatchedSizes'> {
  /** The configuration of the checkpoint, where the model's differs from it. */
  savedConfig?: C | undefined;
}

const loadKeys = {
  config: true,
  ignoreMismatchedSizes: true,
  seed: true,
} satisfies Record<keyof LoadOptions, true>;

const openKeys = {
  revision: true,
  endpoint: true,
  accessToken: true,
  cacheDir: true,
  localFilesOnly: true,
  onProgress: true,
  signal: true,
} satisfies Record<keyof OpenOptions, true>;

/**
 * Options of `fromPretrained`: those of opening the files, and those of loading the model.
 *
 * @throws RangeError naming an option that is not known, and the one that was probably meant.
 */
export function splitOptions(options: PretrainedOptions): { open: OpenOptions; load: LoadOptions } {
  checkKnownKeys('options', options, Object.keys({ ...loadKeys, ...openKeys }));
  const { config, ignoreMismatchedSizes, seed, ...open } = options;
  return { open, load: { config, ignoreMismatchedSizes, seed } };
}

/**
 * Base of every model. A model owns its layers; its wiring is one function over them that runs on tensors (`forward`)
 * and on symbolic tensors (`toLayersModel`).
 */
export abstract class Model<C extends ModelConfig = ModelConfig> {
  /** Parameters that the checkpoint did not have, and that begin at random; none of a model that was not loaded. */
  newParameters: readonly string[] = [];
  private adapter: { dispose(): void } | undefined;
  private isDisposed = false;

  /** @throws Error if there is no backend to make weights with */
  constructor(readonly config: C) {
    if (engine().backendNames().length === 0) {
      throw new Error(
        "a model must have a backend, but there is none: await useBackend('auto') of @chui/runtime first",
      );
    }
  }

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
    checkKnownKeys('options', options, ['seed']);
    const merged = merge(this, {}, config as Record<string, unknown>);
    const checked = parseConfig(this.schema, merged, this.modelType);
    if (options.seed !== undefined) setSeed(options.seed);
    return new this(checked);
  }

  /**
   * A saved model.
   *
   * @param name a directory, a URL of one, or the id of a repository
   * @throws Error naming the file, the rule and what is there.
   */
  static async fromPretrained<M extends Model, S extends z.ZodType>(
    this: ModelClass<M, S>,
    name: string,
    options: PretrainedOptions = {},
  ): Promise<M> {
    const { open, load } = splitOptions(options);
    const files = await openFiles(name, open);
    return loadModel(this, files, await readConfig(files), load);
  }

  /** The model's layers, in the order of its wiring. All are built. */
  protected abstract readonly layers: readonly layers.Layer[];

  /**
   * The model as a tf.LayersModel of named inputs, for `predict`, `save('file://…')` and plain tfjs; it shares this
   * model's weights. A loaded LayersModel needs `import '@chui/layers'`, and predicts only.
   */
  abstract toLayersModel(): LayersModel;

  /** Every parameter as a checkpoint has it: its name there, and whether it is transposed there. */
  parameters(): Parameter[] {
    return this.layers.flatMap((layer) =>
      layer.weights.map(
        (weight) =>
          loraParameter(weight) ?? {
            name: weight.originalName.replaceAll('/', '.'),
            variable: weight.read() as Variable,
          },
      ),
    );
  }

  /** Every parameter under the name that it has in a checkpoint. */
  namedParameters(): [name: string, parameter: Variable][] {
    return this.parameters().map(({ name, variable }) => [name, variable]);
  }

  /** The variables that training changes. */
  trainableVariables(): Variable[] {
    return this.layers.flatMap((layer) => layer.trainableWeights.map((weight) => weight.read() as Variable));
  }

  /**
   * Gives an adapter, such as that of `applyLora`, the layers that it lies on until `detach`.
   *
   * @throws Error if the model has one already.
   */
  attach(adapter: { dispose(): void }): readonly layers.Layer[] {
    if (this.adapter)
      throw new Error('a model must have one adapter at most, but has one: merge or unload it');
    this.adapter = adapter;
    return this.layers;
  }

  /** Forgets its adapter, which has left the layers. */
  detach(): void {
    this.adapter = undefined;
  }

  /** What the model changes by itself while it trains: nothing. */
  movingVariables(): Variable[] {
    return [];
  }

  /** How many numbers the parameters have together. */
  countParameters(): number {
    return this.namedParameters().reduce((sum, [, { size }]) => sum + size, 0);
  }

  /**
   * Writes config.json and model.safetensors into a directory, or several files of weights and their index where these are
   * larger than `maxShardSize`. A failure leaves what was there before.
   *
   * @throws Error naming the option or the file, and what is wrong with it.
   */
  async savePretrained(directory: string, options: SaveOptions = {}): Promise<void> {
    await saveFiles(directory, await this.toFiles(options));
  }

  /** What `savePretrained` writes, by file name. */
  async toFiles(options: SaveOptions = {}): Promise<Record<string, string | Uint8Array>> {
    if (this.adapter) {
      throw new Error(
        'a model must be saved without an adapter, but has one: save that, or merge or unload it',
      );
    }
    const added =
      (this.constructor as typeof Model & Partial<ModelClass<Model, z.ZodType>>).configKeys !== undefined;
    return {
      ...(await checkpointFiles(this.savedParameters(), options)),
      'config.json': withDtype(this.configFile(), options.dtype ?? 'float32', { added }),
    };
  }

  /** The text of config.json. */
  configFile(): string {
    return writeConfig(this.config);
  }

  /** What a checkpoint is written of. */
  protected savedParameters(): Parameter[] {
    return this.parameters();
  }

  /**
   * How names of a checkpoint may differ from the model's.
   *
   * @param _savedConfig the configuration of the checkpoint, where the model's differs from it
   */
  protected leniency(_checkpoint: Tensors, _savedConfig?: C): Leniency {
    return {};
  }

  /** Takes the parameters of a checkpoint; see `assignParameters`. */
  async loadParameters(checkpoint: Tensors, options: ParameterOptions<C> = {}): Promise<void> {
    const leniency = this.leniencyFor(checkpoint, options);
    this.newParameters = await assignParameters(this.parameters(), checkpoint, leniency);
  }

  /** Takes what files say besides configuration and parameters: nothing. */
  async loadOthers(_files: ModelFiles): Promise<void> {}

  /** Whether a checkpoint has every parameter. @throws Error as `loadParameters`, for all that its headers tell. */
  isWholeIn(checkpoint: Tensors, options: ParameterOptions<C> = {}): boolean {
    const leniency = this.leniencyFor(checkpoint, options);
    return matchParameters(this.parameters(), checkpoint, leniency).lacking.length === 0;
  }

  private leniencyFor(checkpoint: Tensors, { savedConfig, ...options }: ParameterOptions<C>): Leniency {
    return { ...this.leniency(checkpoint, savedConfig), ...options };
  }

  /** Frees the parameters, once. The model, and LayersModels made from it, cannot be used afterwards. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.adapter?.dispose();
    for (const layer of this.layers) {
      // A layer frees its weights when each of its uses in a LayersModel is gone.
      while (layer.dispose().refCountAfterDispose > 0);
    }
  }
}

const merge = (
  modelClass: Pick<ModelClass<Model, z.ZodType>, 'mergedConfig'>,
  saved: Record<string, unknown>,
  changes: Record<string, unknown>,
): Record<string, unknown> => modelClass.mergedConfig?.(saved, changes) ?? { ...saved, ...changes };

/**
 * Checks what a config.json holds against the class that it is for. A file that names no model_type is taken to be of that class.
 *
 * @param changes what differs from the file
 * @throws RangeError naming the file, the key, the rule and the value.
 */
export function savedConfig<M extends Model, S extends z.ZodType>(
  modelClass: ModelClass<M, S>,
  files: ModelFiles,
  { model_type: saidType, ...config }: Record<string, unknown>,
  changes: Record<string, unknown> = {},
): z.output<S> {
  const { modelType, schema, configKeys } = modelClass;
  const file = `${files.name}/config.json`;
  if ((saidType ?? modelType) !== modelType) {
    throw new RangeError(`${file}: model_type must be ${modelType}, but is ${saidType}`);
  }
  const said = { ...config, model_type: modelType };
  const merged = merge(modelClass, configKeys ? knownKeys(said, configKeys) : camelKeys(said), changes);
  return parseConfig(schema, merged, 'config', { file, changes: merge(modelClass, {}, changes) });
}

/** A model of the given class from files whose config.json has been read. */
export async function loadModel<M extends Model, S extends z.ZodType>(
  modelClass: ModelClass<M, S>,
  files: ModelFiles,
  config: Record<string, unknown>,
  options: LoadOptions = {},
): Promise<M> {
  checkKnownKeys('options', options, Object.keys(loadKeys));
  const { config: changes, seed, ignoreMismatchedSizes } = options;
  const checked = savedConfig(modelClass, files, config, changes);
  const loading = { ignoreMismatchedSizes, savedConfig: changes && validConfig(modelClass, files, config) };
  const checkpoint = await openCheckpoint(files);
  if (seed !== undefined) setSeed(seed);
  const before = randomState();
  let model = withoutDrawing(() => new modelClass(checked));
  try {
    if (!model.isWholeIn(checkpoint, loading)) {
      model.dispose();
      restoreRandomState(before);
      model = new modelClass(checked);
    }
    await model.loadParameters(checkpoint, loading);
    await model.loadOthers(files);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** The configuration of files as it is there; undefined if it stands only with changes. */
function validConfig<M extends Model, S extends z.ZodType>(
  modelClass: ModelClass<M, S>,
  files: ModelFiles,
  config: Record<string, unknown>,
): ModelConfig | undefined {
  try {
    return savedConfig(modelClass, files, config) as ModelConfig;
  } catch {
    return undefined;
  }
}
