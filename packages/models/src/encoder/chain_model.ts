import type { layers } from '@tensorflow/tfjs-layers';
import { applyChain, type Value, type WireOptions } from '../wiring.js';
import type { EncoderConfig } from './config.js';
import type { EncoderInputs } from './encoder_model.js';
import { EncoderModel, type EncoderOutput } from './encoder_model.js';
import type { Chain } from './family.js';

/** An encoder whose head is a chain of layers, from states (B, T, D) to logits. */
export abstract class ChainModel<
  C extends EncoderConfig = EncoderConfig,
  Inputs extends object = EncoderInputs,
  Output extends EncoderOutput = EncoderOutput,
> extends EncoderModel<C, Inputs, Output> {
  declare private head: Chain;

  protected abstract makeChain(): Chain;

  protected override makeHead(): layers.Layer[] {
    this.head = this.makeChain();
    return this.head;
  }

  protected override wireHead<V extends Value>(states: V, options: WireOptions): Record<string, V> {
    return { logits: applyChain(this.head, states, options) };
  }
}
