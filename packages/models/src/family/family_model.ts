import { normalInitializer } from '@chui/layers';
import { concat, slice, type Tensor, tidy, type Variable, zeros } from '@tensorflow/tfjs-core';
import type { Leniency, Parameter } from '../checkpoint.js';
import { writeConfig } from '../config.js';
import { loraParameter } from '../lora/low_rank.js';
import { Model } from '../model.js';
import type { Tensors } from '../saving/int8.js';
import { checkpointNames, idleNames } from './checkpoint_names.js';
import { type FamilyConfig, fileKeysOf, mergedConfig } from './config.js';
import type { ModelFamily } from './family.js';
import { savedNames } from './weight_map.js';

/** What a concrete class says of itself. */
export interface FamilyClass<C extends FamilyConfig, F extends ModelFamily<C> = ModelFamily<C>> {
  readonly family: F;
  /** Its name in config.json. */
  readonly architecture: string;
}

/**
 * Base of the models that Hugging Face's library has: a body and a head, whose checkpoints are read and written as there. What is
 * particular to an architecture is its family.
 */
export abstract class FamilyModel<
  C extends FamilyConfig = FamilyConfig,
  F extends ModelFamily<C> = ModelFamily<C>,
> extends Model<C> {
  static get configKeys(): ReadonlySet<string> {
    return fileKeysOf((this as unknown as FamilyClass<FamilyConfig>).family.configKeys);
  }

  /** See `mergedConfig` of families. */
  static mergedConfig(
    saved: Record<string, unknown>,
    changes: Record<string, unknown>,
  ): Record<string, unknown> {
    return mergedConfig(saved, changes, (this as unknown as FamilyClass<FamilyConfig>).family.configKeys);
  }

  /** Whether names in checkpoints begin with the family's prefix: those of a model with a head do. */
  protected readonly hasPrefix: boolean = true;

  private get kind(): FamilyClass<C, F> {
    return this.constructor as unknown as FamilyClass<C, F>;
  }

  protected get family(): F {
    return this.kind.family;
  }

  /** How many classes there are: as many as `id2label` names, or 2. */
  get numLabels(): number {
    return Object.keys(this.config.id2label ?? { 0: '', 1: '' }).length;
  }

  /** First weights as in Hugging Face's library: kernels and tables normal, the row of the padding 0. */
  protected initialize(): void {
    const { paddingRow } = this;
    for (const layer of this.layers) {
      for (const weight of layer.trainableWeights) {
        const variable = weight.read() as Variable;
        if (!/(kernel|embeddings)$/.test(weight.originalName)) continue;
        tidy(() => {
          const values = normalInitializer(this.initialDeviation(weight.originalName)).apply(variable.shape);
          const isTable = weight.originalName.endsWith('tokens/embeddings') && paddingRow !== null;
          variable.assign(isTable ? withoutRow(values, paddingRow) : values);
        });
      }
    }
  }

  /** The row of the table of tokens that learns nothing from being looked up, and begins with zeros. */
  protected get paddingRow(): number | null {
    return this.config.padTokenId;
  }

  /** Standard deviation of a weight's first values, by its own name. */
  protected initialDeviation(_name: string): number {
    return this.config.initializerRange;
  }

  override parameters(): Parameter[] {
    const nameOf = savedNames(this.family.weights);
    return this.layers.flatMap((layer) =>
      layer.weights.map((weight) => {
        const lora = loraParameter(weight);
        if (lora) return lora;
        const { name, transposed } = nameOf(weight.originalName);
        return { name: this.fileName(name), variable: weight.read() as Variable, transposed };
      }),
    );
  }

  /** A parameter's name in this model's own checkpoints. */
  private fileName(name: string): string {
    const begin = `${this.family.prefix}.`;
    return this.hasPrefix || !name.startsWith(begin) ? name : name.slice(begin.length);
  }

  protected override savedParameters(): Parameter[] {
    const parameters = this.parameters();
    const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
    const idle = [...idleNames(this.family, [...byName.keys()])];
    return [...parameters, ...idle.map(([name, idleName]) => ({ ...byName.get(name)!, name: idleName }))];
  }

  /** A checkpoint may be of a model with another head, or with none: see `checkpointNames`. */
  protected override leniency(checkpoint: Tensors, savedConfig?: C): Leniency {
    const { matched, ignored, fresh } = checkpointNames(checkpoint.tensors.keys(), {
      ...{ family: this.family, config: this.config, savedConfig, architecture: this.kind.architecture },
      own: this.parameters().map(({ name }) => name),
      isBase: !this.hasPrefix,
    });
    return {
      rename: (saved) => (ignored.has(saved) ? undefined : (matched.get(saved) ?? saved)),
      mayLack: (name) => fresh.has(name),
    };
  }

  override configFile(): string {
    const { otherKeys, ...config } = this.config;
    const { architecture } = this.kind;
    return writeConfig({ ...config, architectures: [architecture] }, { others: otherKeys, marked: false });
  }
}

/** A matrix (V, D) with one row of zeros. */
function withoutRow(values: Tensor, row: number): Tensor {
  const [rows, width] = values.shape as [number, number];
  return concat([
    slice(values, [0, 0], [row, width]),
    zeros([1, width]),
    slice(values, [row + 1, 0], [rows - row - 1, width]),
  ]);
}
