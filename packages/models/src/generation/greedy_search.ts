import { argMax } from '@tensorflow/tfjs-core';
import type { FullGenerationConfig } from './config.js';
import type { Decoding, Path } from './decoding.js';

/**
 * Greedy search: at each step the id with the highest logit.
 *
 * @param starts the first id of each row
 * @returns one path a row, up to the end id or `maxLength`
 */
export async function greedySearch(
  decoding: Decoding,
  starts: number[],
  endId: number,
  { maxLength, signal }: Pick<FullGenerationConfig, 'maxLength' | 'signal'>,
): Promise<Path[]> {
  const paths: Path[] = starts.map((token) => ({ token }));
  const ended = starts.map(() => false);
  for (let length = 1; length < maxLength && ended.includes(false); length++) {
    signal?.throwIfAborted();
    const ids = Int32Array.from(paths, (path) => path.token);
    const { chosen, attention } = await decoding.advance(ids, (logits) => [argMax(logits, -1)]);
    const tokens = await chosen[0]!.data();
    chosen[0]!.dispose();
    tokens.forEach((token, row) => {
      if (ended[row]) return;
      paths[row] = { token, previous: paths[row]!, attention: attention(row) };
      ended[row] = token === endId;
    });
  }
  return paths;
}
