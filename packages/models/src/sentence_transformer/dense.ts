import type { ModelFiles } from '@chui/hub';
import { type Activation, Linear } from '@chui/layers';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import {
  assignParameters,
  checkpointFiles,
  openCheckpoint,
  type Parameter,
  type SaveOptions,
} from '../checkpoint.js';
import type { EmbeddingModule } from './embedding_module.js';
import { jsonFile, readSettings } from './module_files.js';

/** Activations by the names of PyTorch's classes. */
const activations: Readonly<Record<string, Activation>> = {
  'torch.nn.modules.activation.Tanh': 'tanh',
  'torch.nn.modules.linear.Identity': 'linear',
};

const positive = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;

/** act(x · W + b) of embeddings (B, D) → (B, E), act being tanh or nothing. @see sentence_transformers' Dense */
export class Dense implements EmbeddingModule {
  readonly type = 'sentence_transformers.models.Dense';
  private readonly layer: Linear;

  private constructor(
    private readonly config: Record<string, unknown>,
    private readonly width: number,
    source: string,
  ) {
    const { in_features, out_features, bias = true, activation_function: name } = config;
    for (const [key, value] of Object.entries({ in_features, out_features })) {
      if (!positive(value))
        throw new RangeError(`${source}: ${key} must be a positive integer, but is ${JSON.stringify(value)}`);
    }
    if (in_features !== width) {
      throw new RangeError(
        `${source}: in_features must be the width ${width} of embeddings, but is ${in_features}`,
      );
    }
    const activation = name === undefined ? 'tanh' : activations[String(name)];
    if (activation === undefined) {
      const known = Object.keys(activations).join(' or ');
      throw new RangeError(`${source}: activation_function must be ${known}, but is ${JSON.stringify(name)}`);
    }
    for (const key of ['module_input_name', 'module_output_name']) {
      if ((config[key] ?? 'sentence_embedding') !== 'sentence_embedding') {
        throw new RangeError(
          `${source}: ${key} must be sentence_embedding, but is ${JSON.stringify(config[key])}`,
        );
      }
    }
    if (config.use_residual === true) {
      throw new RangeError(`${source}: use_residual must be false, but is true: it is not supported`);
    }
    this.layer = new Linear({ units: out_features as number, useBias: bias !== false, activation });
    this.layer.apply(input({ shape: [width] }));
  }

  /**
   * Reads config.json and model.safetensors of the module's folder.
   *
   * @param width of the embeddings that it gets
   * @throws Error naming the file, the rule and what is there.
   */
  static async fromFiles(files: ModelFiles, width: number): Promise<Dense> {
    const config = await readSettings(files, 'config.json');
    const checkpoint = await openCheckpoint(files);
    const dense = new Dense(config, width, `${files.name}/config.json`);
    try {
      await assignParameters(dense.parameters(), checkpoint);
    } catch (error) {
      dense.dispose();
      throw error;
    }
    return dense;
  }

  private parameters(): Parameter[] {
    return this.layer.weights.map((weight) => {
      const isKernel = weight.originalName.endsWith('kernel');
      const name = isKernel ? 'linear.weight' : 'linear.bias';
      return { name, variable: weight.read() as Variable, transposed: isKernel };
    });
  }

  widthOf(_width: number): number {
    return this.layer.units;
  }

  apply(embeddings: Tensor2D): Tensor2D {
    return this.layer.apply(embeddings) as Tensor2D;
  }

  async toFiles({ dtype }: SaveOptions): Promise<Record<string, string | Uint8Array>> {
    return {
      ...(await checkpointFiles(this.parameters(), { dtype })),
      'config.json': jsonFile({ ...this.config, in_features: this.width }),
    };
  }

  dispose(): void {
    while (this.layer.dispose().refCountAfterDispose > 0);
  }
}
