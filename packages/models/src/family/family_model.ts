import { normalInitializer } from '@chui/layers';
import {
  concat,
  type Scalar,
  slice,
  type Tensor,
  type TensorContainer,
  tidy,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Leniency, Parameter } from '../checkpoint.js';
import { writeConfig } from '../config.js';
import { loraParameter } from '../lora/low_rank.js';
import { Model } from '../model.js';
import type { Tensors } from '../saving/int8.js';
import type { Value, WireOptions } from '../wiring.js';
import type { Body, BodyInputs } from './body.js';
import { checkpointNames, idleNames } from './checkpoint_names.js';
import { type FamilyConfig, fileKeysOf, mergedConfig } from './config.js';
import type { ModelFamily } from './family.js';
import { checkCall, type FamilyInputs } from './inputs.js';
import { savedNames } from './weight_map.js';

/** Options of `forward`. */
export interface ForwardOptions extends Pick<WireOptions, 'training' | 'recompute'> {
  /** Whether to put out the attention weights of every layer. */
  outputAttentions?: boolean;
  /** Whether to put out the embeddings, and the states after every layer. */
  outputHiddenStates?: boolean;
  /** Share of a class's target that is spread over all classes, in losses that are cross-entropies. Default 0. */
  labelSmoothing?: number;
}

/** What every `forward` may give besides its head's results; the caller owns the tensors. */
export interface ForwardOutput {
  /** Mean over the labels that count; with labels only. */
  loss?: Scalar;
  /** With `outputHiddenStates`: (B, T, D) each, the embeddings and the states after each layer. */
  hiddenStates?: Tensor[];
  /** With `outputAttentions`: (B, H, T, T) for each layer. */
  attentions?: Tensor[];
}

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
  Inputs extends object = FamilyInputs,
  Output extends ForwardOutput = ForwardOutput,
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

  /** Whether `forward` has a use for `recompute`. */
  readonly canRecompute = true;
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

  /** The model without its head. */
  protected abstract get body(): Body;
  /** The body's inputs of a call. */
  protected abstract tensors(inputs: Inputs): BodyInputs<Tensor>;
  /** What `forward` takes besides the inputs of all families. */
  protected abstract readonly labelNames: readonly string[];
  /** Makes the layers of the head; it is called once, by the constructor. */
  protected abstract makeHead(): layers.Layer[];
  /** The head's results, by name, of the states (B, T, D). */
  protected abstract wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V>;
  /** The loss, where there are labels. */
  protected abstract lossOf(
    inputs: Inputs,
    results: Record<string, Tensor>,
    options: ForwardOptions,
  ): Scalar | undefined;
  /** The results as the caller gets them, which symbols are not; `read` are the tensors that the body had. */
  protected shaped(
    results: Record<string, Tensor>,
    _inputs: Inputs,
    _read: BodyInputs<Tensor>,
  ): Record<string, Tensor> {
    return results;
  }

  /**
   * Runs the model. With labels it gives the loss that Hugging Face's class of the same name defines.
   *
   * @throws RangeError naming the argument, the rule and the value.
   */
  forward(inputs: Inputs, options: ForwardOptions = {}): Output {
    checkCall(inputs, this.labelNames, options);
    return tidy(() => {
      const { outputAttentions = false, outputHiddenStates = false, training = false, recompute } = options;
      const read = this.tensors(inputs);
      const { hiddenStates, attentions } = this.body.wire<Tensor>(read, {
        ...{ training, recompute },
        ...(outputAttentions && { returnWeights: true }),
      });
      const results = this.shaped(this.wireHead<Tensor>(hiddenStates.at(-1)!, { training }), inputs, read);
      const loss = this.lossOf(inputs, results, options);
      return {
        ...(loss && { loss }),
        ...results,
        ...(outputHiddenStates && { hiddenStates }),
        ...(outputAttentions && { attentions }),
      } as TensorContainer;
    }) as unknown as Output;
  }

  /**
   * First weights as in Hugging Face's library: kernels and tables normal, the row of the padding 0; those of the layers themselves
   * where `initializerRange` is null.
   */
  protected initialize(): void {
    const { paddingRow, config } = this;
    const { initializerRange } = config;
    if (initializerRange === null) return;
    for (const layer of this.layers) {
      for (const weight of layer.trainableWeights) {
        const variable = weight.read() as Variable;
        if (!/(kernel|embeddings)$/.test(weight.originalName)) continue;
        tidy(() => {
          const deviation = initializerRange * this.initialFactor(weight.originalName);
          const values = normalInitializer(deviation).apply(variable.shape);
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

  /** What the standard deviation of a weight's first values is multiplied by, by its own name. */
  protected initialFactor(_name: string): number {
    return 1;
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
    const { architecture, family } = this.kind;
    const { isOwn: marked = false } = family;
    return writeConfig({ ...config, architectures: [architecture] }, { others: otherKeys, marked });
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
