import type { layers } from '@tensorflow/tfjs-layers';
import { apply, applyChain, type Value, type WireOptions } from '../wiring.js';
import type { EncoderConfig } from './config.js';
import type { Chain, EncoderFamily } from './family.js';

/** Logits of tokens: a transform, the table of embeddings unless it is untied, and what stands behind. */
export class TokenHead<C extends EncoderConfig = EncoderConfig> {
  readonly layers: Chain;
  private readonly transform: Chain;
  private readonly logits: Chain;
  private readonly table: layers.Layer | undefined;

  constructor(family: EncoderFamily<C>, config: C, embeddings: layers.Layer) {
    this.transform = family.tokenHead(config);
    this.logits = family.tokenLogits(config);
    this.table = config.tieWordEmbeddings ? embeddings : undefined;
    this.layers = [...this.transform, ...this.logits];
  }

  wire<V extends Value>(states: V, options: WireOptions): V {
    const made = applyChain(this.transform, states, options); // (B, T, E)
    return applyChain(this.logits, this.table ? apply(this.table, made) : made, options); // (B, T, V)
  }
}
