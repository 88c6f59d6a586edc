import { add, logSoftmax, reshape, tensor2d, topk } from '@tensorflow/tfjs-core';
import type { FullGenerationConfig } from './config.js';
import { type Decoding, type Path, type Prefix, pathIds, pathOf } from './decoding.js';
import type { LogitsProcessor, ProcessorContext } from './logits_processor.js';
import { processorsOf } from './processors_of.js';
import { checkScores } from './sampler.js';

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

/** The beam of one input, or of one group of its hypotheses. */
interface Beam {
  readonly prefix: Prefix;
  running: Hypothesis[];
  /** Best first, as many at most as run. */
  ended: Hypothesis[];
  /** Whether a running hypothesis may still beat the worst ended one. */
  improvable: boolean;
}

type BeamConfig = Pick<FullGenerationConfig, 'lengthPenalty' | 'earlyStopping'> & {
  /** Hypotheses of a beam. */
  readonly size: number;
  /** Most tokens that are chosen. */
  readonly most: number;
};

/**
 * Beam search as in transformers: of the 2·numBeams best continuations, those among the best numBeams that end are
 * filed under Σ log p / length^lengthPenalty, length being that of what was chosen, and the best numBeams that do not end go on.
 *
 * With `numBeamGroups` each group of beams searches on its own, one after the other, and a token costs `diversityPenalty` for each
 * hypothesis of the groups before that chose it in the same step.
 *
 * @param decoding one row for each hypothesis, those of one input side by side
 * @param prefixes what each input begins with, of the same length
 * @returns for each input its ended hypotheses, best first
 * @see transformers 5, GenerationMixin._beam_search; Vijayakumar et al. (2018), https://arxiv.org/abs/1610.02424, for groups
 */
export async function beamSearch(
  decoding: Decoding,
  prefixes: readonly Prefix[],
  config: FullGenerationConfig,
): Promise<Hypothesis[][]> {
  const { numBeams, numBeamGroups, maxLength, ends, signal, lengthPenalty, earlyStopping, stoppingCriteria } =
    config;
  const promptLength = prefixes[0]!.ids.length;
  const size = numBeams / numBeamGroups;
  const beamConfig = { lengthPenalty, earlyStopping, size, most: maxLength - promptLength };
  const inputs = prefixes.map((prefix) =>
    Array.from({ length: numBeamGroups }, (): Beam => {
      const path = pathOf(prefix.ids);
      const running = Array.from({ length: size }, (_, i) => ({ path, score: i === 0 ? 0 : NEVER }));
      return { prefix, running, ended: [], improvable: true };
    }),
  );
  const processors = processorsOf(config);
  const isPlain = processors.length === 0 && numBeamGroups === 1 && !config.outputScores;
  const isStopped = ({ prefix }: Beam, path: Path) => {
    if (stoppingCriteria.length === 0) return false;
    const context = contextOf(prefix, path);
    return stoppingCriteria.some((hasEnd) => hasEnd(context));
  };
  const isOpen = () => inputs.flat().some((beam) => isOpenBeam(beam, beamConfig));
  for (let length = 1; promptLength + length <= maxLength && isOpen(); length++) {
    signal?.throwIfAborted();
    const isLast = promptLength + length === maxLength;
    const mark = (beam: Beam, candidates: Candidate[]) => {
      for (const candidate of candidates) {
        candidate.ends = isLast || ends.includes(candidate.path.token) || isStopped(beam, candidate.path);
      }
      return candidates;
    };
    const rows: number[] = [];
    if (isPlain) {
      const all = await continuations(decoding, inputs.flat(), size);
      inputs.forEach(([beam], i) => {
        rows.push(...advanceBeam(beam!, mark(beam!, all[i]!), length, beamConfig));
      });
    } else {
      const scored = await processedScores(decoding, inputs.flat(), processors);
      inputs.forEach((groups, i) => {
        const counts = new Map<number, number>();
        groups.forEach((beam, g) => {
          const first = i * numBeams + g * size;
          const found = bestOf(beam, scored, first, { ...config, counts });
          rows.push(...advanceBeam(beam, mark(beam, found), length, beamConfig));
          for (const { path } of beam.running) counts.set(path.token, (counts.get(path.token) ?? 0) + 1);
        });
      });
    }
    if (!isLast) decoding.reorder(Int32Array.from(rows));
  }
  return inputs.map((groups) => groups.flatMap(({ ended }) => ended).sort((a, b) => b.score - a.score));
}

/** The best 2·size continuations of each beam, best first. */
async function continuations(
  decoding: Decoding,
  beams: readonly Beam[],
  size: number,
): Promise<Candidate[][]> {
  const hypotheses = beams.flatMap((beam) => beam.running);
  const scores = Float32Array.from(hypotheses, (hypothesis) => hypothesis.score);
  let vocabulary = 0;
  let kept = 0;
  const { chosen, attention } = await decoding.advance(
    Int32Array.from(hypotheses, (hypothesis) => hypothesis.path.token),
    (logits) => {
      vocabulary = logits.shape[1];
      kept = Math.min(2 * size, size * vocabulary);
      const total = add(logSoftmax(logits), tensor2d(scores, [scores.length, 1])); // (B·beams, V)
      const { values, indices } = topk(reshape(total, [beams.length, size * vocabulary]), kept); // (B, kept)
      return [values, indices];
    },
  );
  const [values, indices] = await Promise.all(chosen.map((tensor) => tensor.data()));
  for (const tensor of chosen) tensor.dispose();
  checkScores(values as Float32Array);
  return beams.map((beam, b) =>
    Array.from({ length: kept }, (_, k): Candidate => {
      const index = indices![b * kept + k]!;
      const from = Math.floor(index / vocabulary);
      const row = b * size + from;
      const path = {
        token: index % vocabulary,
        previous: beam.running[from]!.path,
        attention: attention(row),
      };
      return { path, score: values![b * kept + k]!, row, ends: false };
    }),
  );
}

/** Scores of what may follow each hypothesis, in JavaScript's memory. */
interface Scored {
  /** Of each row, (V), as the processors left them. */
  readonly rows: Float32Array[];
  attention(row: number): Float32Array[] | undefined;
}

const contextOf = ({ ids, padding }: Prefix, path: Path): ProcessorContext => ({
  ids: pathIds(path),
  promptLength: ids.length,
  padding,
});

async function processedScores(
  decoding: Decoding,
  beams: readonly Beam[],
  processors: readonly LogitsProcessor[],
): Promise<Scored> {
  const hypotheses = beams.flatMap(({ prefix, running }) => running.map(({ path }) => ({ prefix, path })));
  const { chosen, attention } = await decoding.advance(
    Int32Array.from(hypotheses, ({ path }) => path.token),
    (logits) => [logSoftmax(logits)],
  );
  const [logs] = chosen;
  const values = await logs!.data<'float32'>();
  const vocabulary = logs!.shape[1]!;
  logs!.dispose();
  const rows = hypotheses.map(({ prefix, path }, row) => {
    const scores = values.slice(row * vocabulary, (row + 1) * vocabulary);
    checkScores(scores);
    const context = contextOf(prefix, path);
    for (const process of processors) process(scores, context);
    return scores;
  });
  return { rows, attention };
}

/** The best 2·size continuations of a beam whose hypotheses are the rows from `first` on, best first. */
function bestOf(
  { running }: Beam,
  { rows, attention }: Scored,
  first: number,
  {
    counts,
    diversityPenalty: penalty,
    outputScores,
  }: Pick<FullGenerationConfig, 'diversityPenalty' | 'outputScores'> & {
    counts: ReadonlyMap<number, number>;
  },
): Candidate[] {
  const { length: size } = running;
  const kept = Math.min(2 * size, size * rows[first]!.length);
  const best: { score: number; from: number; token: number }[] = [];
  running.forEach(({ score: before }, from) => {
    const scores = rows[first + from]!;
    for (let token = 0; token < scores.length; token++) {
      const cost = penalty > 0 ? penalty * (counts.get(token) ?? 0) : 0;
      const score = before + scores[token]! - cost;
      if (best.length === kept && !(score > best.at(-1)!.score)) continue;
      let place = best.length;
      while (place > 0 && best[place - 1]!.score < score) place--;
      best.splice(place, 0, { score, from, token });
      if (best.length > kept) best.pop();
    }
  });
  return best.map(({ score, from, token }) => {
    const row = first + from;
    const scores = outputScores ? rows[row] : undefined;
    const path = { token, previous: running[from]!.path, attention: attention(row), scores };
    return { path, score, row, ends: false };
  });
}

/** Files what has ended, lets the rest go on, and returns the rows that the new running hypotheses come from. */
function advanceBeam(beam: Beam, candidates: Candidate[], length: number, config: BeamConfig): number[] {
  const { size, lengthPenalty, earlyStopping, most } = config;
  const full = beam.ended.length === size && earlyStopping === true;
  if (!full && beam.improvable) {
    const ending = candidates
      .slice(0, size)
      .filter(({ ends, score }) => ends && score > NEVER / 2)
      .map(({ path, score }) => ({ path, score: score / length ** lengthPenalty }));
    beam.ended = [...beam.ended, ...ending].sort((a, b) => b.score - a.score).slice(0, size);
  }
  const next = candidates.filter(({ ends }) => !ends).slice(0, size);
  // With a vocabulary of fewer than two ids a beam may run dry; its place is kept by a hypothesis that cannot win.
  while (next.length < size) next.push({ ...candidates[0]!, score: NEVER, ends: false });
  beam.running = next.map(({ path, score }) => ({ path, score }));
  const reach = earlyStopping === 'never' && lengthPenalty > 0 ? most : length;
  const best = beam.running[0]!.score / reach ** lengthPenalty;
  const worst = beam.ended.length === size ? beam.ended[size - 1]!.score : NEVER;
  beam.improvable &&= best > worst;
  return next.map(({ row }) => row);
}

function isOpenBeam(beam: Beam, { size, earlyStopping }: BeamConfig): boolean {
  return beam.improvable && !(beam.ended.length === size && earlyStopping === true);
}
