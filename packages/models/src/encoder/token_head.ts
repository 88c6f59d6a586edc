import { Bias } from '@chui/layers';
import { input, type layers } from '@tensorflow/tfjs-layers';
import { apply, applyChain, type Value, type WireOptions } from '../wiring.js';
import type { EncoderConfig } from './config.js';
import type { Chain, EncoderFamily } from './family.js';
import type { WeightMap } from './weight_map.js';

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
    const idle = config.tieWordEmbeddings ? [] : idleBias(family.weights, config.vocabSize);
    this.layers = [...this.transform, ...this.logits, ...idle];
  }

  wire<V extends Value>(states: V, options: WireOptions): V {
    const made = applyChain(this.transform, states, options); // (B, T, E)
    return applyChain(this.logits, this.table ? apply(this.table, made) : made, options); // (B, T, V)
  }
}

/** A bias that checkpoints of untied models have beside that of the untied layer, and nothing reads. */
function idleBias({ token_logits: tied, untied_logits: untied }: WeightMap, size: number): Chain {
  if (tied === untied) return [];
  const bias = new Bias({ name: 'token_logits', trainable: false });
  bias.apply(input({ shape: [size] }));
  return [bias];
}
