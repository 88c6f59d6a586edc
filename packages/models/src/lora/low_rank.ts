import { dropout, randomUniform } from '@chui/runtime';
import { matMul, mul, reshape, type Tensor, tidy, type Variable, zeros } from '@tensorflow/tfjs-core';
import { LayerVariable } from '@tensorflow/tfjs-layers';
import type { Parameter } from '../checkpoint.js';
import type { TrainingMode } from './training_mode.js';

/** What a module's name begins with in PEFT's files. */
export const PEFT_PREFIX = 'base_model.model.';

export interface LowRankOptions {
  /** Of the module, as checkpoints have it. */
  readonly module: string;
  /** Sizes I and O of its kernel. */
  readonly shape: readonly [inputs: number, outputs: number];
  readonly rank: number;
  readonly scale: number;
  readonly dropout: number;
  readonly mode: TrainingMode;
}

/**
 * What LoRA adds to x · W: s · dropout(x) · A · B, of rank r.
 *
 * - input: x (…, I)
 * - output: (…, O)
 * - weights: A (I, r), at first even in ±1 / √I, and B (r, O), at first 0. Hugging Face's PEFT has the same first weights, and
 *   has both transposed: lora_A (r, I) and lora_B (O, r).
 *
 * @see Hu et al. (2021), section 4.1, https://arxiv.org/abs/2106.09685
 */
export class LowRank {
  readonly weights: readonly [LayerVariable, LayerVariable];

  constructor(private readonly options: LowRankOptions) {
    const { module, rank } = options;
    const [inputs, outputs] = options.shape;
    const limit = 1 / Math.sqrt(inputs); // Kaiming's with a = √5
    const weight = (name: string, value: Tensor) => {
      const made = new LayerVariable(value, 'float32', `${PEFT_PREFIX}${module}.lora_${name}.weight`);
      value.dispose();
      return made;
    };
    this.weights = [
      weight('A', randomUniform([inputs, rank], -limit, limit)),
      weight('B', zeros([rank, outputs])),
    ];
  }

  call(x: Tensor): Tensor {
    const { shape, scale, mode } = this.options;
    const [inputs, outputs] = shape;
    return tidy(() => {
      const kept = dropout(x, this.options.dropout, { training: mode.isTraining });
      const [a, b] = this.weights;
      const inner = mul(matMul(reshape(kept, [-1, inputs]), a.read()), scale); // (N, r)
      return reshape(matMul(inner, b.read()), [...x.shape.slice(0, -1), outputs]); // (…, O)
    });
  }

  /** s · A · B (I, O), which does the same inside the kernel. */
  product(): Tensor {
    const [a, b] = this.weights;
    return tidy(() => mul(matMul(a.read(), b.read()), this.options.scale));
  }

  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }
}

/** The parameter that a weight is, if it is one of LoRA's: its name is that in PEFT's files. */
export function loraParameter(weight: LayerVariable): Parameter | undefined {
  if (!/\.lora_[AB]\.weight$/.test(weight.originalName)) return undefined;
  return { name: weight.originalName, variable: weight.read() as Variable, transposed: true };
}
