import type { layers } from '@tensorflow/tfjs-layers';
import type { FamilyConfig } from './config.js';
import type { WeightMap } from './weight_map.js';

/** Layers of one input and one output, one after the other. */
export type Chain = layers.Layer[];

/** How one architecture's models are called in Hugging Face's checkpoints, and what is in them. */
export interface ModelFamily<C extends FamilyConfig> {
  /** What the names of the body's weights begin with in checkpoints of models with a head. */
  readonly prefix: string;
  /** Names in checkpoints, with the prefix. */
  readonly weights: WeightMap;
  /** The keys of its configuration; others of a file are kept as they are. */
  readonly configKeys: ReadonlySet<string>;
  /** Names under which checkpoints may hold a tied tensor again, or instead, and its own. */
  readonly duplicates: Readonly<Record<string, string>>;
  /** Tensors of its checkpoints that are no weights. */
  readonly buffers?: RegExp;
  /** Whether it is chui's own, whose config.json says the version of the format. Default false. */
  readonly isOwn?: boolean;
  /** The blocks in its checkpoints, where there may be some that no layer is of. */
  savedBlocks(config: C): readonly string[];
}

/** Names of blocks, one for each layer. */
export const blockNames = (numLayers: number): string[] =>
  Array.from({ length: numLayers }, (_, i) => `layer_${i}`);
