import { type ModelFiles, openFiles } from '@chui/hub';
import type { z } from 'zod';
import { type ModelConfig, readConfig } from '../config.js';
import {
  type LoadOptions,
  loadModel,
  type Model,
  type ModelClass,
  type PretrainedOptions,
  savedConfig,
  splitOptions,
} from '../model.js';
import { shown } from '../shown.js';

/** A class of a kind that several architectures have. */
// biome-ignore lint/suspicious/noExplicitAny: each has a configuration of its own
type AnyModelClass<M extends Model<any>> = ModelClass<M & Model, z.ZodType<any, any>>;

/** Models of one kind, of whatever architecture their config.json names. */
export interface AutoClass<M> {
  /**
   * A saved model.
   *
   * @param name a directory, a URL of one, or the id of a repository
   * @throws Error naming the file, the rule and what is there.
   */
  fromPretrained(name: string, options?: PretrainedOptions): Promise<M>;
  /** The model of files that are open already; see `fromPretrained`. */
  fromFiles(files: ModelFiles, options?: LoadOptions): Promise<M>;
  /** The class that files are of, and their checked configuration; no weights are read. */
  readConfig(files: ModelFiles): Promise<{ modelClass: unknown; config: ModelConfig }>;
  /**
   * A new model with random weights, of a configuration that names its `modelType`.
   *
   * @throws RangeError naming the key, the rule and the value.
   */
  fromConfig(config: Record<string, unknown>, options?: { seed?: number }): M;
}

// biome-ignore lint/suspicious/noExplicitAny: see AnyModelClass
export function autoClass<M extends Model<any>>(
  name: string,
  classes: readonly AnyModelClass<M>[],
): AutoClass<M> {
  const byType = new Map(classes.map((each) => [each.modelType, each]));
  const classOf = (modelType: unknown, key: string) => {
    const found = byType.get(String(modelType));
    if (found) return found;
    const types = [...byType.keys()].join(', ');
    throw new RangeError(
      `${key} must be one of ${types} for ${name}, but is ${modelType === undefined ? 'not given' : shown(modelType)}`,
    );
  };
  /** The model_type of a file that names classes alone. */
  const typeOf = (architectures: unknown) =>
    [architectures]
      .flat()
      .map((said) =>
        classes.find((each) => each.architecture && familyOf(each.architecture) === familyOf(said)),
      )
      .find((found) => found !== undefined)?.modelType;
  const read = async (files: ModelFiles) => {
    const saved = await readConfig(files);
    const modelType = saved.model_type ?? typeOf(saved.architectures);
    return { modelClass: classOf(modelType, `${files.name}/config.json: model_type`), saved };
  };
  const auto: AutoClass<M> = {
    async fromPretrained(from, options = {}) {
      const { open, load } = splitOptions(options);
      return auto.fromFiles(await openFiles(from, open), load);
    },
    async fromFiles(files, options) {
      const { modelClass, saved } = await read(files);
      return loadModel(modelClass, files, saved, options) as Promise<M>;
    },
    async readConfig(files) {
      const { modelClass, saved } = await read(files);
      return { modelClass, config: savedConfig(modelClass, files, saved) as ModelConfig };
    },
    fromConfig(config, options) {
      const modelClass = classOf(config.modelType, 'modelType');
      const fromConfig = (modelClass as unknown as typeof Model).fromConfig as unknown as (
        this: unknown,
        ...args: unknown[]
      ) => M;
      return fromConfig.call(modelClass, config, options);
    },
  };
  return auto;
}

/** What the names of an architecture's classes begin with: `XLMRoberta` of `XLMRobertaForMaskedLM`. */
const familyOf = (architecture: unknown): string | undefined =>
  /^(\w+?)(?:For[A-Z]\w*|Model)$/.exec(String(architecture))?.[1];
