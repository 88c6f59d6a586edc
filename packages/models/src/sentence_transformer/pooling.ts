import type { ModelFiles } from '@chui/hub';
import {
  cast,
  concat,
  cumsum,
  div,
  equal,
  expandDims,
  logicalAnd,
  matMul,
  max,
  maximum,
  mul,
  range,
  reshape,
  sqrt,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { shown } from '../shown.js';
import { jsonFile, readSettings } from './module_files.js';

/** How states of tokens become one embedding; `max` apart, each is a weighted sum of them. */
export type PoolingMode = (typeof modes)[number];

const modes = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'] as const;

/** The keys that say whether there is a mode, in files of versions before 5.6, in the order of concatenation. */
const flags: Readonly<Record<string, PoolingMode>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
};

/**
 * States of tokens (B, T, D) and their mask (B, T) → embeddings (B, n · D), those of n modes side by side:
 *
 * - `cls`: the first token; `lasttoken`: the last one
 * - `max`: the largest number of each feature
 * - `mean`: Σ x / n of n tokens; `mean_sqrt_len_tokens`: Σ x / √n
 * - `weightedmean`: Σ t x / Σ t, t = 1 … n
 *
 * Padding, which stands behind the text, does not count; an input without tokens gives zeros.
 *
 * @throws RangeError if there is no mode, or one is unknown.
 * @see sentence_transformers' Pooling, whose numbers these are; Muennighoff (2022), https://arxiv.org/abs/2202.08904, for
 *   `weightedmean`
 */
export class Pooling {
  readonly type = 'sentence_transformers.models.Pooling';
  readonly modes: readonly PoolingMode[];

  /** @param includePrompt whether the tokens of a prompt count */
  constructor(
    given: readonly PoolingMode[] = ['mean'],
    readonly includePrompt = true,
    source = 'modes',
  ) {
    const unknown = given.find((mode) => !modes.includes(mode));
    if (unknown !== undefined || given.length === 0) {
      const there = given.length === 0 ? 'there is none' : `has ${JSON.stringify(unknown)}`;
      throw new RangeError(`${source} must be of ${modes.join(', ')}, but ${there}`);
    }
    this.modes = given;
  }

  /**
   * Reads config.json of the module's folder. Flags that are all false are `mean`, as in sentence-transformers.
   *
   * @param width of the encoder's states
   * @throws Error naming the file, the rule and what is there.
   */
  static async fromFiles(files: ModelFiles, width: number): Promise<Pooling> {
    const source = `${files.name}/config.json`;
    if (!(await files.has('config.json'))) {
      throw new Error(`${files.name} must have a config.json that says how states are pooled, but has none`);
    }
    const config = await readSettings(files, 'config.json');
    const key = config.embedding_dimension === undefined ? 'word_embedding_dimension' : 'embedding_dimension';
    if (config[key] !== width) {
      throw new RangeError(
        `${source}: ${key} must be the width ${width} of the encoder's states, but is ${shown(config[key])}`,
      );
    }
    const flagged = Object.keys(flags).filter((key) => config[key] === true);
    const named = config.pooling_mode ?? flagged.map((key) => flags[key]);
    const given = [named].flat() as PoolingMode[];
    return new Pooling(
      given.length > 0 ? given : ['mean'],
      config.include_prompt !== false,
      `${source}: pooling_mode`,
    );
  }

  /** Width of embeddings for states of a width. */
  widthOf(width: number): number {
    return this.modes.length * width;
  }

  /** @param mask 1 at tokens that count, 0 at others */
  apply(states: Tensor3D, mask: Tensor2D): Tensor2D {
    return tidy(() => {
      const counted = cast(mask, 'float32');
      const pooled = this.modes.map((mode) =>
        mode === 'max' ? largest(states, counted) : weightedSum(states, weightsOf(mode, counted)),
      );
      return pooled.length === 1 ? pooled[0]! : concat(pooled, 1);
    });
  }

  /** @param width of the states */
  toFiles(width: number): Record<string, string> {
    const config = {
      word_embedding_dimension: width,
      ...Object.fromEntries(Object.entries(flags).map(([key, mode]) => [key, this.modes.includes(mode)])),
      include_prompt: this.includePrompt,
    };
    const inOrder = Object.values(flags).filter((mode) => this.modes.includes(mode));
    // Flags, which all versions read, cannot say another order than theirs.
    const isPlain = inOrder.join() === this.modes.join();
    return { 'config.json': jsonFile(isPlain ? config : this.newConfig(width)) };
  }

  private newConfig(width: number): object {
    return {
      embedding_dimension: width,
      pooling_mode: this.modes.length === 1 ? this.modes[0] : this.modes,
      include_prompt: this.includePrompt,
    };
  }
}

/** The weights (B, T) of tokens in a mode's sum; they need not be of the sum 1. */
function weightsOf(mode: Exclude<PoolingMode, 'max'>, mask: Tensor): Tensor {
  const count = sum(mask, 1, true); // (B, 1)
  // tfjs's cumsum takes axis −1 for another one than the last.
  switch (mode) {
    case 'cls':
      return cast(logicalAnd(equal(cumsum(mask, 1), 1), equal(mask, 1)), 'float32');
    case 'lasttoken':
      return cast(logicalAnd(equal(cumsum(mask, 1, false, true), 1), equal(mask, 1)), 'float32');
    case 'mean':
      return div(mask, maximum(count, 1e-9));
    case 'mean_sqrt_len_tokens':
      return div(mask, sqrt(maximum(count, 1e-9)));
    case 'weightedmean': {
      const weights = mul(mask, range(1, mask.shape[1]! + 1, 1, 'float32')); // (B, T)
      return div(weights, maximum(sum(weights, 1, true), 1e-9));
    }
  }
}

function weightedSum(states: Tensor3D, weights: Tensor): Tensor2D {
  const [batch, , width] = states.shape;
  return reshape(matMul(expandDims(weights, 1), states), [batch, width]);
}

function largest(states: Tensor3D, mask: Tensor): Tensor2D {
  const counts = equal(expandDims(mask, -1), 1); // (B, T, 1)
  const seen = where(counts, states, Number.NEGATIVE_INFINITY);
  const found = max(seen, 1); // (B, D)
  return where(equal(max(mask, -1, true), 1), found, 0) as Tensor2D;
}
