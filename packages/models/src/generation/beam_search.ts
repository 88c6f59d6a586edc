import { add, logSoftmax, reshape, tensor2d, topk } from '@tensorflow/tfjs-core';
import type { FullGenerationConfig } from './config.js';
import type { Decoding, Path } from './decoding.js';

/** Stands for a hypothesis that does not exist. */
const NEVER = -1e9;

/** A sequence under way or ended. `score` is Σ log p while it runs, Σ log p / length^penalty once it has ended. */
export interface Hypothesis {
  path: Path;
  score: number;
}

interface Candidate extends Hypothesis {
  /** The row that it continues. */
  row: number;
  ends: boolean;
}

/** The beam of one input. */
interface Beam {
  running: Hypothesis[];
  /** Best first, at most `numBeams`. */
  ended: Hypothesis[];
  /** Whether a running hypothesis may still beat the worst ended one. */
  improvable: boolean;
}

type BeamConfig = Pick<
  FullGenerationConfig,
  'numBeams' | 'maxLength' | 'lengthPenalty' | 'earlyStopping' | 'signal'
>;

/**
 * Beam search as in transformers: of the 2·numBeams best continuations, those among the best numBeams that end are
 * filed under Σ log p / length^lengthPenalty, and the best numBeams that do not end go on.
 *
 * @param decoding one row for each hypothesis, those of one input side by side
 * @param starts the first id of each input
 * @returns for each input its ended hypotheses, best first
 * @see transformers 5, GenerationMixin._beam_search
 */
export async function beamSearch(
  decoding: Decoding,
  starts: number[],
  endId: number,
  config: BeamConfig,
): Promise<Hypothesis[][]> {
  const { numBeams, maxLength, signal } = config;
  const beams = starts.map((token): Beam => {
    const running = Array.from({ length: numBeams }, (_, i) => ({
      path: { token },
      score: i === 0 ? 0 : NEVER,
    }));
    return { running, ended: [], improvable: true };
  });
  for (let length = 1; length < maxLength && beams.some((beam) => isOpen(beam, config)); length++) {
    signal?.throwIfAborted();
    const all = await continuations(decoding, beams, numBeams);
    for (const candidates of all) {
      for (const candidate of candidates) {
        candidate.ends = candidate.path.token === endId || length + 1 === maxLength;
      }
    }
    const rows = beams.flatMap((beam, i) => advanceBeam(beam, all[i]!, length, config));
    if (length + 1 < maxLength) decoding.reorder(Int32Array.from(rows));
  }
  return beams.map((beam) => beam.ended);
}

/** The best 2·numBeams continuations of each beam, best first. */
async function continuations(decoding: Decoding, beams: Beam[], numBeams: number): Promise<Candidate[][]> {
  const hypotheses = beams.flatMap((beam) => beam.running);
  const scores = Float32Array.from(hypotheses, (hypothesis) => hypothesis.score);
  let vocabulary = 0;
  let kept = 0;
  const { chosen, attention } = await decoding.advance(
    Int32Array.from(hypotheses, (hypothesis) => hypothesis.path.token),
    (logits) => {
      vocabulary = logits.shape[1];
      kept = Math.min(2 * numBeams, numBeams * vocabulary);
      const total = add(logSoftmax(logits), tensor2d(scores, [scores.length, 1])); // (B·beams, V)
      const { values, indices } = topk(reshape(total, [beams.length, numBeams * vocabulary]), kept); // (B, kept)
      return [values, indices];
    },
  );
  const [values, indices] = await Promise.all(chosen.map((tensor) => tensor.data()));
  for (const tensor of chosen) tensor.dispose();
  return beams.map((beam, b) =>
    Array.from({ length: kept }, (_, k): Candidate => {
      const index = indices![b * kept + k]!;
      const from = Math.floor(index / vocabulary);
      const row = b * numBeams + from;
      const path = {
        token: index % vocabulary,
        previous: beam.running[from]!.path,
        attention: attention(row),
      };
      return { path, score: values![b * kept + k]!, row, ends: false };
    }),
  );
}

/** Files what has ended, lets the rest go on, and returns the rows that the new running hypotheses come from. */
function advanceBeam(beam: Beam, candidates: Candidate[], length: number, config: BeamConfig): number[] {
  const { numBeams, lengthPenalty, earlyStopping, maxLength } = config;
  const full = beam.ended.length === numBeams && earlyStopping === true;
  if (!full && beam.improvable) {
    const ending = candidates
      .slice(0, numBeams)
      .filter(({ ends, score }) => ends && score > NEVER / 2)
      .map(({ path, score }) => ({ path, score: score / length ** lengthPenalty }));
    beam.ended = [...beam.ended, ...ending].sort((a, b) => b.score - a.score).slice(0, numBeams);
  }
  const next = candidates.filter(({ ends }) => !ends).slice(0, numBeams);
  // With a vocabulary of fewer than two ids a beam may run dry; its place is kept by a hypothesis that cannot win.
  while (next.length < numBeams) next.push({ ...candidates[0]!, score: NEVER, ends: false });
  beam.running = next.map(({ path, score }) => ({ path, score }));
  const reach = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength - 1 : length;
  const best = beam.running[0]!.score / reach ** lengthPenalty;
  const worst = beam.ended.length === numBeams ? beam.ended[numBeams - 1]!.score : NEVER;
  beam.improvable &&= best > worst;
  return next.map(({ row }) => row);
}

function isOpen(beam: Beam, { numBeams, earlyStopping }: BeamConfig): boolean {
  return beam.improvable && !(beam.ended.length === numBeams && earlyStopping === true);
}
