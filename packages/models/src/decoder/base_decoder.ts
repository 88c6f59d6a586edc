import type { Scalar, Tensor3D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Value } from '../wiring.js';
import { type DecoderInputs, DecoderModel, type DecoderOutput } from './decoder_model.js';
import type { DecoderConfig } from './family.js';

export interface BaseDecoderOutput extends Omit<DecoderOutput, 'loss'> {
  /** (B, T, D). */
  lastHiddenState: Tensor3D;
  /** Decoders have none, as encoders may. */
  poolerOutput?: undefined;
}

/** A decoder without a head. */
export abstract class BaseDecoder<C extends DecoderConfig = DecoderConfig> extends DecoderModel<
  C,
  DecoderInputs,
  BaseDecoderOutput
> {
  protected override readonly hasPrefix: boolean = false;
  protected override readonly labelNames = ['documentIds'];

  protected override makeHead(): layers.Layer[] {
    return [];
  }

  protected override wireHead<V extends Value>(states: V): Record<string, V> {
    return { lastHiddenState: states };
  }

  protected override lossOf(): Scalar | undefined {
    return undefined;
  }
}
