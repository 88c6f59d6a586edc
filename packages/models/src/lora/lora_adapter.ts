import { Checkpoint, type ModelFiles, type SavedTensor, saveFiles, writeSafetensors } from '@chui/hub';
import { add, keep, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { assignParameters, type Parameter } from '../checkpoint.js';
import type { Model } from '../model.js';
import { writeAdapterConfig } from './adapter_config.js';
import type { LoraConfig } from './config.js';
import { intercept } from './intercept.js';
import { LowRank, loraParameter, PEFT_PREFIX } from './low_rank.js';
import type { Target, Targets } from './targets.js';
import { TrainingMode } from './training_mode.js';

const WEIGHTS_FILE = 'adapter_model.safetensors';

// biome-ignore lint/suspicious/noExplicitAny: each model has a configuration of its own
export type AnyModel = Model<any>;

/** Ways of a model to become a tf.LayersModel, which has no place for an adapter. */
const exportMethods = ['toLayersModel', 'toEncoderLayersModel', 'toStepLayersModel'];

/**
 * An adapter on a model: `applyLora` and `loadLora` make it.
 *
 * While it is on, an adapted layer computes act(x · W + b + s · dropout(x) · A · B) with s = α / r, or α / √r; of the model's
 * variables A, B and those of `modulesToSave` are trained, and no other changes. The model cannot be saved or become a
 * tf.LayersModel then: the adapter is saved by itself, or merged first. `merge`, `unload` and the model's `dispose` end it.
 *
 * @see Hu et al. (2021), https://arxiv.org/abs/2106.09685
 * @see Hugging Face's PEFT, whose files it reads and writes
 */
export class LoraAdapter {
  private readonly parts: readonly { target: Target; part: LowRank }[];
  private readonly saved: readonly Parameter[];
  /** Values that the saved modules had before. */
  private readonly originals: readonly Tensor[];
  private readonly frozen: readonly LayerVariable[];
  private readonly ends: readonly (() => void)[];
  private isOn = true;

  /** @param targets of the model, which has no adapter yet */
  constructor(
    private readonly model: AnyModel,
    readonly config: LoraConfig,
    { adapted, saved }: Targets,
  ) {
    const layers = model.attach(this);
    const mode = new TrainingMode(model, layers);
    this.saved = saved;
    this.originals = saved.map(({ variable }) => keep(variable.clone()));
    const trained = new Set<unknown>(saved.map(({ variable }) => variable));
    this.frozen = layers
      .flatMap(({ weights }) => weights)
      .filter((weight) => weight.trainable && !trained.has(weight.read()));
    for (const weight of this.frozen) weight.trainable = false;
    this.parts = adapted.map((target) => {
      const shape = target.kernel.variable.shape as [number, number];
      const part = new LowRank({ ...target, shape, dropout: config.loraDropout, mode });
      target.linear.adapt(part);
      return { target, part };
    });
    this.ends = [
      () => mode.end(),
      ...exportMethods
        .filter((name) => name in model)
        .map((name) => intercept(model, name, refuseExport(name))),
    ];
  }

  /** Names of the adapted modules in checkpoints. */
  get modules(): readonly string[] {
    return this.parts.map(({ target }) => target.module);
  }

  /** What is trained, by the names of PEFT's files: `base_model.model.….query.lora_A.weight` (r, I), … */
  parameters(): Parameter[] {
    this.checkOn();
    return [
      ...this.parts.flatMap(({ part }) => part.weights.map((weight) => loraParameter(weight)!)),
      ...this.saved.map((parameter) => ({ ...parameter, name: PEFT_PREFIX + parameter.name })),
    ];
  }

  /**
   * Adds A and B into the kernels, W + s · A · B, and ends the adapter. The model gives what it gave before, but for rounding,
   * and is one without an adapter: it can be saved, become a tf.LayersModel, or take another adapter.
   *
   * @throws Error if it was merged or unloaded before.
   */
  merge(): void {
    this.checkOn();
    tidy(() => {
      for (const { target, part } of this.parts) {
        const { variable } = target.kernel;
        variable.assign(add(variable, part.product()));
      }
    });
    this.leave();
  }

  /**
   * Ends the adapter: the model is as it was before, to the last bit, modules of `modulesToSave` included.
   *
   * @throws Error if it was merged or unloaded before.
   */
  unload(): void {
    this.checkOn();
    this.saved.forEach(({ variable }, index) => void variable.assign(this.originals[index]!));
    this.leave();
  }

  /**
   * Writes PEFT's adapter_config.json and adapter_model.safetensors into a directory. A failure leaves what was there before.
   *
   * @throws Error naming the file and what is wrong with it, or if the adapter was merged or unloaded.
   */
  async savePretrained(directory: string): Promise<void> {
    await saveFiles(directory, await this.toFiles());
  }

  /** What `savePretrained` writes, by file name. */
  async toFiles(): Promise<Record<string, string | Uint8Array>> {
    const entries: [string, SavedTensor][] = [];
    for (const { name, variable, transposed } of this.parameters()) {
      const value = tidy(() => (transposed ? transpose(variable) : variable.clone()));
      const { shape } = value;
      const data = Float32Array.from(await value.data<'float32'>());
      value.dispose();
      entries.push([name, { dtype: 'F32', shape, data }]);
    }
    return {
      [WEIGHTS_FILE]: writeSafetensors(entries, { format: 'pt' }),
      'adapter_config.json': writeAdapterConfig(this.config),
    };
  }

  /** Takes the values of PEFT's file. @throws Error naming the file, the tensor, the rule and what is there. */
  async loadParameters(files: ModelFiles): Promise<void> {
    const pickle = 'adapter_model.bin';
    const isPickle = !(await files.has(WEIGHTS_FILE)) && (await files.has(pickle));
    const checkpoint = await Checkpoint.open(files, { file: isPickle ? pickle : WEIGHTS_FILE });
    await assignParameters(this.parameters(), checkpoint);
  }

  /** Ends it where the model ends, which frees A and B with its layers. */
  dispose(): void {
    if (!this.isOn) return;
    this.isOn = false;
    for (const end of this.ends) end();
    for (const original of this.originals) original.dispose();
    this.model.detach();
  }

  private leave(): void {
    for (const { target, part } of this.parts) {
      target.linear.adapt();
      part.dispose();
    }
    for (const weight of this.frozen) weight.trainable = true;
    this.dispose();
  }

  private checkOn(): void {
    if (!this.isOn) throw new Error('the adapter must be on its model, but was merged, unloaded or disposed');
  }
}

const refuseExport = (name: string) => () => {
  throw new Error(`${name} must have no adapter on the model, but there is one: merge or unload it`);
};
