import { attentionCatalogue } from '@chui/layers';
import { randomNormal, setSeed, useBackend } from '@chui/runtime';
import { tidy, variable } from '@tensorflow/tfjs-core';
import { attentionStepOf } from './chui/step.js';
import { serve } from './serve.js';
import type { AttentionSizes } from './works.js';

/** What the contender gets as JSON. */
export interface AttentionArguments {
  /** Of the catalogue. */
  readonly name: string;
  readonly sizes: AttentionSizes;
  readonly threads: number;
}

const { name, sizes, threads } = JSON.parse(process.argv[2]!) as AttentionArguments;
const { batch, length, width, heads } = sizes;
await useBackend('native', { threads });
setSeed(1);
const entry = attentionCatalogue.find((each) => each.name === name)!;
const layer = entry.make({ dim: width, numHeads: heads, maxLength: length });
// Weights take their shapes from a shorter sequence, whose attention costs next to nothing.
tidy(() => layer.attend({ query: randomNormal([1, Math.min(length, 16), width]) }));
const { run } = attentionStepOf(layer, variable(randomNormal([batch, length, width])), {});
await serve({ name, run });
