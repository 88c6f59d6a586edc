import { argMax, sum, type Tensor2D } from '@tensorflow/tfjs-core';
import { highestIndex } from '../scores.js';
import type { FullGenerationConfig } from './config.js';
import type { Decoding, Path } from './decoding.js';
import type { ProcessorContext } from './logits_processor.js';
import { processorsOf } from './processors_of.js';
import { checkScores, drawToken } from './sampler.js';

/** What was chosen to go on with. */
export type Choice = Pick<Path, 'token' | 'attention' | 'scores'>;

/** Feeds ids, `count` to each row, and gives what chooses after the i-th of them all. */
export type Choose = (
  decoding: Decoding,
  ids: ArrayLike<number>,
  count?: number,
) => Promise<(i: number, context: ProcessorContext) => Choice>;

/**
 * How tokens are chosen: the likeliest, or with `doSample` drawn by numbers in [0, 1). Scores are read back only where something has
 * to look at them.
 *
 * @throws Error, what it gives, if the model gives what is no number
 */
export function chooser(config: FullGenerationConfig, uniform: () => number): Choose {
  const processors = processorsOf(config);
  const { doSample, outputScores } = config;
  if (processors.length === 0 && !doSample && !outputScores) {
    return async (decoding, ids, count) => {
      const reduce = (logits: Tensor2D) => [
        argMax(logits, -1),
        sum(logits, -1), // is no number if one is none
      ];
      const { chosen, attention } = await decoding.advance(Int32Array.from(ids), reduce, count);
      const [tokens, sums] = await Promise.all(chosen.map((tensor) => tensor.data()));
      for (const tensor of chosen) tensor.dispose();
      checkScores(sums as Float32Array);
      return (i) => ({ token: tokens![i]!, attention: attention(i) });
    };
  }
  return async (decoding, ids, count) => {
    const { chosen, attention } = await decoding.advance(Int32Array.from(ids), (logits) => [logits], count);
    const [logits] = chosen as [Tensor2D];
    const values = await logits.data<'float32'>();
    const vocabulary = logits.shape[1];
    logits.dispose();
    return (i, context) => {
      const scores = values.slice(i * vocabulary, (i + 1) * vocabulary);
      checkScores(scores);
      for (const process of processors) process(scores, context);
      const token = doSample ? drawToken(scores, uniform()) : highestIndex(scores);
      return { token, attention: attention(i), scores: outputScores ? scores : undefined };
    };
  };
}
