import { nextTask } from '@chui/runtime';
import {
  clone,
  expandDims,
  gather,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { AttentionMap } from './config.js';

/** What a decoder remembers between two steps. The first axis of every tensor counts the rows, one a hypothesis. */
export type DecoderState = {
  /** The encoder's side, the same at every step. Hypotheses of one input share it, so it is never reordered. */
  memory: Tensor[];
  /** What a step reads and makes anew: recurrent states, key and value caches. */
  carried: Tensor[];
  /** Slots before those that `carried` still has, of a decoder that may drop them. */
  dropped?: number | undefined;
};

/** What one step gives. */
export interface DecodingStep {
  /** (N·T, V), those of a row one after the other. */
  logits: Tensor2D;
  /** (N·T, E), what they were made of, where it is known. */
  states?: Tensor2D;
  carried: Tensor[];
  dropped?: number | undefined;
  /** One a layer: (N, H, 1, S), or (N, 1, S) of an attention without heads; none without an encoder. */
  crossAttentions: Tensor[];
}

/** A model that decodes step by step. */
export interface StepDecoder {
  /** @param ids (N, T), the ids that were chosen last, one but where they are checked. @param position how many came before. */
  decodingStep(ids: Tensor2D, state: DecoderState, position: number): DecodingStep;
}

/** Weights (B, T, S) as those of one head: (B, 1, T, S). */
export function withHeads(weights: Tensor): Tensor {
  return weights.rank === 4 ? weights : expandDims(weights, 1);
}

/** A path through the search, shared by the hypotheses that continue it. */
export interface Path {
  readonly token: number;
  readonly previous?: Path;
  /** For each layer, the weights (H, S) of the step that chose `token`. */
  readonly attention?: Float32Array[] | undefined;
  /** The scores (V) that it was chosen by, where they are kept. */
  readonly scores?: Float32Array | undefined;
}

/** The ids of a path, first to last. */
export function pathIds(path: Path): number[] {
  const ids: number[] = [];
  for (let at: Path | undefined = path; at; at = at.previous) ids.push(at.token);
  return ids.reverse();
}

/** The ids that a sequence begins with. */
export interface Prefix {
  readonly ids: readonly number[];
  /** How many of them are padding, before the others. */
  readonly padding: number;
}

/** Prompts of one length, padded on the left. */
export interface Prompts {
  readonly prefixes: readonly Prefix[];
  /** 1 at tokens. */
  readonly mask: readonly (readonly number[])[];
  /** Ids that each row begins with which the caller did not give. */
  readonly added: readonly number[];
}

/** The path of ids that were given. */
export function pathOf(ids: readonly number[]): Path {
  const path = ids.reduce<Path | undefined>(
    (previous, token) => ({ token, ...(previous && { previous }) }),
    undefined,
  );
  if (!path) throw new RangeError('a path must have an id, but has none');
  return path;
}

/** The scores that a path keeps, first to last. */
export function pathScores(path: Path): Float32Array[] {
  const scores: Float32Array[] = [];
  for (let at: Path | undefined = path; at; at = at.previous) if (at.scores) scores.push(at.scores);
  return scores.reverse();
}

/** The attention of a path, one map a layer. */
export function pathAttention(path: Path, heads: number[], slots: number): AttentionMap[] {
  const steps: Float32Array[][] = [];
  for (let at: Path | undefined = path; at; at = at.previous) if (at.attention) steps.push(at.attention);
  steps.reverse();
  return heads.map((count, layer) => {
    const values = new Float32Array(count * steps.length * slots);
    steps.forEach((layers, step) => {
      for (let head = 0; head < count; head++) {
        const row = layers[layer]!.subarray(head * slots, (head + 1) * slots);
        values.set(row, (head * steps.length + step) * slots);
      }
    });
    return { values, heads: count, steps: steps.length, slots };
  });
}

/** How long timers, signals and other work wait for their turn, in milliseconds. */
const TURN = 20;

/** Runs a decoder step by step and owns its state: what a step replaces is disposed, and `dispose` frees the rest. */
export class Decoding {
  /** The ids that the first row was fed, and each row as many. */
  readonly fed: number[] = [];
  private lastTurn = performance.now();
  /** Heads of each layer and slots of the memory, known after the first step with attention. */
  heads: number[] = [];
  slots = 0;

  constructor(
    private readonly decoder: StepDecoder,
    private readonly state: DecoderState,
    private readonly keepAttention: boolean,
  ) {}

  /**
   * Feeds ids, as many to each row, and reduces the logits (N·T, V), and what they were made of, with `choose`, inside one tidy.
   *
   * @param ids (N, T), row-major
   * @param count T
   * @returns the tensors that `choose` made, and a function that gives a row's attention weights.
   */
  async advance<T extends Tensor[]>(
    ids: Int32Array,
    choose: (logits: Tensor2D, states: Tensor2D | undefined) => T,
    count = 1,
  ): Promise<{ chosen: T; attention: (row: number) => Float32Array[] | undefined }> {
    let dropped: number | undefined;
    const [chosen, carried, attentions] = tidy(() => {
      const step = this.decoder.decodingStep(
        tensor2d(ids, [ids.length / count, count], 'int32'),
        this.state,
        this.fed.length,
      );
      dropped = step.dropped;
      const kept = this.keepAttention ? step.crossAttentions.map(withHeads) : [];
      return [choose(step.logits, step.states), step.carried, kept] as const;
    });
    for (const tensor of this.state.carried) if (!carried.includes(tensor)) tensor.dispose();
    this.state.carried = [...carried];
    this.state.dropped = dropped;
    for (let i = 0; i < count; i++) this.fed.push(ids[i]!);
    const weights = await Promise.all(attentions.map((tensor) => tensor.data<'float32'>()));
    if (attentions.length > 0) {
      this.heads = attentions.map((tensor) => tensor.shape[1]!);
      this.slots = attentions[0]!.shape[3]!;
    }
    for (const tensor of attentions) tensor.dispose();
    if (performance.now() - this.lastTurn > TURN) {
      await nextTask();
      this.lastTurn = performance.now();
    }
    const attention = (row: number) =>
      weights.length === 0
        ? undefined
        : weights.map((values, layer) => {
            const size = this.heads[layer]! * this.slots;
            return values.slice(row * size, (row + 1) * size);
          });
    return { chosen: chosen as T, attention };
  }

  /** Row i of the carried state becomes what row `rows[i]` was. */
  reorder(rows: Int32Array): void {
    if (rows.every((row, i) => row === i)) return;
    const moved = tidy(() => {
      const indices = tensor1d(rows, 'int32');
      return this.state.carried.map((tensor) => gather(tensor, indices));
    });
    for (const tensor of this.state.carried) tensor.dispose();
    this.state.carried = moved;
  }

  /** Takes back ids that were fed last; the decoder has to keep what it reads in slots, which are written again. */
  rewind(count: number): void {
    this.fed.length -= count;
  }

  /** What it carries, which is no longer its own. */
  release(): Tensor[] {
    return this.state.carried.splice(0);
  }

  dispose(): void {
    for (const tensor of [...this.state.memory, ...this.state.carried]) tensor.dispose();
  }
}

/** Each row `times` times in a row, as one hypothesis each. The tensors are the decoding's own. */
export function repeatRows(state: DecoderState, rows: number, times: number): DecoderState {
  if (times === 1) return { ...state, memory: state.memory.map((tensor) => clone(tensor)) };
  const indices = tensor1d(
    Int32Array.from({ length: rows * times }, (_, i) => Math.floor(i / times)),
    'int32',
  );
  const repeat = (tensor: Tensor) => gather(tensor, indices);
  return { ...state, memory: state.memory.map(repeat), carried: state.carried.map(repeat) };
}
