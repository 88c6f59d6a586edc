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
import {
  input,
  type LayersModel,
  type layers,
  model as layersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type { Leniency, Parameter } from '../checkpoint.js';
import { writeConfig } from '../config.js';
import { loraParameter } from '../lora/low_rank.js';
import { Model } from '../model.js';
import type { Tensors } from '../saving/int8.js';
import type { Value, WireOptions } from '../wiring.js';
import { checkpointNames, idleNames } from './checkpoint_names.js';
import { type EncoderConfig, fileKeysOf, mergedConfig } from './config.js';
import type { EncoderFamily } from './family.js';
import { checkCall, type EncoderInputs, encoderTensors } from './inputs.js';
import {
  maxTokensOf,
  TransformerEncoder,
  type TransformerEncoderInputs,
  type TransformerEncoderOptions,
} from './transformer_encoder.js';
import { savedNames } from './weight_map.js';

/** Options of an encoder's `forward`. */
export interface EncoderForwardOptions extends Pick<WireOptions, 'training' | 'recompute'> {
  /** Whether to put out the attention weights of every layer. */
  outputAttentions?: boolean;
  /** Whether to put out the embeddings, and the states after every layer. */
  outputHiddenStates?: boolean;
  /** Share of a class's target that is spread over all classes, in losses that are cross-entropies. Default 0. */
  labelSmoothing?: number;
}

/** What every encoder's `forward` may give besides its head's results; the caller owns the tensors. */
export interface EncoderOutput {
  /** Mean over the labels that count; with labels only. */
  loss?: Scalar;
  /** With `outputHiddenStates`: (B, T, D) each, the embeddings and the states after each layer. */
  hiddenStates?: Tensor[];
  /** With `outputAttentions`: (B, H, T, T) for each layer. */
  attentions?: Tensor[];
}

/** What a concrete class says of itself. */
export interface EncoderClass<C extends EncoderConfig> {
  readonly family: EncoderFamily<C>;
  /** Its name in config.json. */
  readonly architecture: string;
}

/**
 * Base of the models that are an encoder and a head. What is particular to an architecture is its `EncoderFamily`; what is
 * particular to a task is a subclass of this, from which each architecture's class derives.
 */
export abstract class EncoderModel<
  C extends EncoderConfig = EncoderConfig,
  Inputs extends object = EncoderInputs,
  Output extends EncoderOutput = EncoderOutput,
> extends Model<C> {
  static get configKeys(): ReadonlySet<string> {
    return fileKeysOf((this as unknown as EncoderClass<EncoderConfig>).family.configKeys);
  }

  /** See `mergedConfig` of encoders. */
  static mergedConfig(
    saved: Record<string, unknown>,
    changes: Record<string, unknown>,
  ): Record<string, unknown> {
    return mergedConfig(saved, changes, (this as unknown as EncoderClass<EncoderConfig>).family.configKeys);
  }

  /** Whether `forward` has a use for `recompute`. */
  readonly canRecompute = true;
  protected readonly encoder: TransformerEncoder;
  /** What the encoder is made of. */
  readonly sizes: TransformerEncoderOptions;
  protected readonly layers: readonly layers.Layer[];
  /** Whether names in checkpoints begin with the family's prefix: those of a model with a head do. */
  protected readonly hasPrefix: boolean = true;

  constructor(config: C) {
    super(config);
    this.sizes = this.family.encoder(config);
    this.encoder = new TransformerEncoder(this.sizes);
    const heads = this.makeHead();
    this.layers = [...this.encoder.layers, ...heads];
    this.toLayersModel();
    this.initialize();
  }

  private get kind(): EncoderClass<C> {
    return this.constructor as unknown as EncoderClass<C>;
  }

  protected get family(): EncoderFamily<C> {
    return this.kind.family;
  }

  /** How many classes there are: as many as `id2label` names, or 2. */
  get numLabels(): number {
    return Object.keys(this.config.id2label ?? { 0: '', 1: '' }).length;
  }

  /** How many tokens there are positions for. */
  get maxTokens(): number {
    return maxTokensOf(this.sizes);
  }

  /** What `forward` takes besides the encoder's inputs. */
  protected abstract readonly labelNames: readonly string[];
  /** Makes the layers of the head; it is called once, by the constructor. */
  protected abstract makeHead(): layers.Layer[];
  /** The head's results, by name, of the states (B, T, D). */
  protected abstract wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V>;
  /** The loss, where there are labels. */
  protected abstract lossOf(
    inputs: Inputs,
    results: Record<string, Tensor>,
    options: EncoderForwardOptions,
  ): Scalar | undefined;
  /** The results as the caller gets them, which symbols are not. */
  protected shaped(results: Record<string, Tensor>, _inputs: Inputs): Record<string, Tensor> {
    return results;
  }

  /**
   * Runs the model. With labels it gives the loss that Hugging Face's class of the same name defines.
   *
   * @throws RangeError naming the argument, the rule and the value.
   */
  forward(inputs: Inputs, options: EncoderForwardOptions = {}): Output {
    checkCall(inputs, this.labelNames, options);
    return tidy(() => {
      const { outputAttentions = false, outputHiddenStates = false, training = false, recompute } = options;
      const { hiddenStates, attentions } = this.encoder.wire<Tensor>(this.tensors(inputs), {
        ...{ training, recompute },
        ...(outputAttentions && { returnWeights: true }),
      });
      const results = this.shaped(this.wireHead<Tensor>(hiddenStates.at(-1)!, { training }), inputs);
      const loss = this.lossOf(inputs, results, options);
      return {
        ...(loss && { loss }),
        ...results,
        ...(outputHiddenStates && { hiddenStates }),
        ...(outputAttentions && { attentions }),
      } as TensorContainer;
    }) as unknown as Output;
  }

  /** The encoder's inputs of a call. */
  protected tensors(inputs: Inputs): TransformerEncoderInputs<Tensor> {
    return encoderTensors(inputs as EncoderInputs, this.sizes);
  }

  /** inputIds, attentionMask and, where there are segments, tokenTypeIds, (B, T) each → the head's results. */
  override toLayersModel(): LayersModel {
    const names = ['inputIds', 'attentionMask', ...(this.sizes.segments > 0 ? ['tokenTypeIds'] : [])];
    const inputs = names.map((name) => input({ shape: [null], dtype: 'int32', name }));
    const [inputIds, attentionMask, tokenTypeIds] = inputs as [
      SymbolicTensor,
      SymbolicTensor,
      SymbolicTensor?,
    ];
    const given = { inputIds, attentionMask, tokenTypeIds };
    const { hiddenStates } = this.encoder.wire<SymbolicTensor>(given, {});
    const outputs = Object.values(this.wireHead<SymbolicTensor>(hiddenStates.at(-1)!, {}));
    return layersModel({ inputs, outputs });
  }

  /** First weights as in Hugging Face's library: kernels and tables normal, the row of the padding 0, sinusoids where they are. */
  private initialize(): void {
    const { initializerRange, padTokenId } = this.config;
    const normal = normalInitializer(initializerRange);
    for (const layer of this.layers) {
      for (const weight of layer.trainableWeights) {
        const variable = weight.read() as Variable;
        if (!/(kernel|embeddings)$/.test(weight.originalName)) continue;
        tidy(() => {
          const values = normal.apply(variable.shape);
          const isTable = weight.originalName.endsWith('tokens/embeddings') && padTokenId !== null;
          variable.assign(isTable ? withoutRow(values, padTokenId) : values);
        });
      }
    }
    if (this.sizes.sinusoidalPositions) this.encoder.writeSinusoids();
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
