import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { applyChain, type Value, type WireOptions } from '../../wiring.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderInputs } from '../encoder_model.js';
import { EncoderModel, type EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';

export interface BaseEncoderOutput extends Omit<EncoderOutput, 'loss'> {
  /** (B, T, D). */
  lastHiddenState: Tensor3D;
  /** (B, D), where the architecture has a pooler. */
  poolerOutput?: Tensor2D;
}

/** An encoder without a head, and with its pooler where the architecture has one. */
export abstract class BaseEncoder<C extends EncoderConfig = EncoderConfig> extends EncoderModel<
  C,
  EncoderInputs,
  BaseEncoderOutput
> {
  protected override readonly hasPrefix: boolean = false;
  protected override readonly labelNames = [];
  declare private pooler: Chain;

  protected override makeHead(): layers.Layer[] {
    this.pooler = this.family.pooler(this.config);
    return this.pooler;
  }

  protected override wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V> {
    const pooled = this.pooler.length > 0 && { poolerOutput: applyChain(this.pooler, states, options) };
    return { lastHiddenState: states, ...pooled };
  }

  protected override lossOf(_inputs: EncoderInputs, _results: Record<string, Tensor>): Scalar | undefined {
    return undefined;
  }
}
