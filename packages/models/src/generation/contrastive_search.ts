import { softmax } from '../scores.js';
import type { FullGenerationConfig } from './config.js';
import type { Decoding } from './decoding.js';
import { processorsOf } from './processors_of.js';
import { checkScores } from './sampler.js';
import { grow, type Sequence } from './token_search.js';
import { highest } from './warpers.js';

/** What a step gives of a row: logits (V), and the states (E) that they were made of, of length 1. */
interface Row {
  readonly scores: Float32Array;
  readonly state: Float32Array;
}

interface Candidate {
  readonly token: number;
  readonly probability: number;
}

/**
 * Contrastive search: of the `topK` likeliest tokens v, the one with the highest (1 − α) p(v) − α max cos(h(v), h(x)), where h(x) are the
 * states of all tokens before it.
 *
 * @param decoding `topK` rows for each sequence, side by side
 * @param sequences of one length; they grow
 * @param prompts for each sequence the last hidden states (E) of its prompt's tokens, but for the last token
 * @returns for each step the tokens that were chosen, undefined where a sequence had ended
 * @throws Error if the model gives what is no number
 * @see Su et al. (2022), https://arxiv.org/abs/2202.06417, equation 5
 */
export async function* contrastiveSearch(
  decoding: Decoding,
  sequences: readonly Sequence[],
  config: FullGenerationConfig,
  prompts: readonly (readonly Float32Array[])[],
): AsyncGenerator<(number | undefined)[], void, void> {
  const { maxLength, signal, topK, penaltyAlpha: alpha = 0, outputScores } = config;
  const processors = processorsOf(config);
  const before = prompts.map((states) => states.map(unit));
  const last = sequences.flatMap(({ ids }) => new Array<number>(topK).fill(ids.at(-1)!));
  let rows = everyNth(await rowsOf(decoding, last), topK);
  for (let i = 0; i < sequences.length; i++) before[i]!.push(rows[i]!.state);
  for (let length = sequences[0]!.ids.length; length < maxLength; length++) {
    signal?.throwIfAborted();
    const candidates = sequences.map((sequence, i) => {
      for (const process of processors) process(rows[i]!.scores, sequence);
      return likeliest(rows[i]!.scores, topK);
    });
    const fed = await rowsOf(
      decoding,
      candidates.flatMap((each) => each.map(({ token }) => token)),
    );
    const best = candidates.map((each, i) => {
      const values = each.map(({ probability }, k) => {
        const alike = Math.max(...before[i]!.map((state) => dot(state, fed[i * topK + k]!.state)));
        return (1 - alpha) * probability - alpha * alike;
      });
      return i * topK + values.indexOf(Math.max(...values));
    });
    yield sequences.map((sequence, i) => {
      if (sequence.hasEnded) return undefined;
      const { token } = candidates[i]![best[i]! % topK]!;
      grow(sequence, { token, ...(outputScores && { scores: rows[i]!.scores }) }, config);
      return token;
    });
    if (sequences.every(({ hasEnded }) => hasEnded)) return;
    rows = best.map((row) => fed[row]!);
    for (let i = 0; i < sequences.length; i++) before[i]!.push(rows[i]!.state);
    decoding.reorder(Int32Array.from({ length: last.length }, (_, row) => best[Math.floor(row / topK)]!));
  }
}

async function rowsOf(decoding: Decoding, ids: readonly number[]): Promise<Row[]> {
  const { chosen } = await decoding.advance(Int32Array.from(ids), (logits, states) => [logits, states!]);
  const values = await Promise.all(chosen.map((tensor) => tensor.data<'float32'>()));
  const widths = chosen.map((tensor) => tensor.shape[1]!);
  for (const tensor of chosen) tensor.dispose();
  return ids.map((_, i) => {
    const [scores, state] = values.map((each, t) => each.slice(i * widths[t]!, (i + 1) * widths[t]!));
    checkScores(scores!);
    return { scores: scores!, state: unit(state!) };
  });
}

const everyNth = <T>(list: readonly T[], n: number): T[] => list.filter((_, i) => i % n === 0);

/** The tokens with the highest scores, and how likely they are. */
function likeliest(scores: Float32Array, count: number): Candidate[] {
  const probabilities = softmax(scores);
  const least = highest(scores, count).at(-1)!;
  return Array.from(probabilities.keys())
    .filter((token) => scores[token]! >= least)
    .sort((a, b) => probabilities[b]! - probabilities[a]!)
    .slice(0, count)
    .map((token) => ({ token, probability: probabilities[token]! }));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The same direction, of length 1. */
function unit(state: Float32Array): Float32Array {
  const length = Math.sqrt(dot(state, state));
  return length > 0 ? state.map((each) => each / length) : state;
}
