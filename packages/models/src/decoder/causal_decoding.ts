import { jit } from '@chui/runtime';
import {
  add,
  ones,
  pad,
  range,
  reshape,
  scalar,
  slice,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { DecoderState, DecodingStep, Prompts, StepDecoder } from '../generation/decoding.js';
import type { Decoder, DecoderStep } from './decoder.js';

/** Least slots of a cache. */
const LEAST_SLOTS = 64;

/** What a compiled step takes and gives: no cache, where it was written in place. */
type CompiledStep = (step: DecoderStep) => { logits: Tensor; states: Tensor; cache: Tensor[] };

/**
 * Decodes step by step with a cache; a step is compiled once for each number of its slots. Where these are full, what no layer sees
 * any more is forgotten, or they are doubled if that is less than half of them.
 */
export class CausalDecoding implements StepDecoder {
  private readonly compiled;

  constructor(
    private readonly decoder: Decoder,
    private readonly logitsOf: (states: Tensor) => Tensor,
  ) {
    const step: CompiledStep = (inputs) =>
      tidy(() => {
        const { states, cache } = decoder.step(inputs);
        const isInPlace = cache.every((each, i) => each === inputs.cache[i]);
        return { logits: this.logitsOf(states), states, cache: isInPlace ? [] : cache };
      });
    this.compiled = jit(step);
  }

  /**
   * The state before the last token of each prompt is fed: what the tokens before it leave in the cache.
   *
   * @param past how many of a single prompt's tokens were read before, and the cache that they left, which goes into the state
   */
  start(
    { prefixes, mask }: Prompts,
    maxLength: number,
    past?: { known: number; tensors: Tensor[] },
  ): DecoderState {
    const ids = prefixes.map((prefix) => prefix.ids);
    const [rows, length] = [ids.length, ids[0]!.length];
    const { known, tensors: filled } = past ?? { known: 0, tensors: [] };
    const slots = slotsFor(Math.min(maxLength, Math.max(length + 1, LEAST_SLOTS)));
    const state = tidy(() => {
      const promptMask = tensor2d(mask.flat(), [rows, length], 'int32');
      const counts = mask.map((row) => row.reduce((sum, one) => sum + one, 0));
      const lastPlaces = tensor2d(
        counts.map((count) => count - 1),
        [rows, 1],
        'int32',
      );
      let cache = filled.length > 0 ? filled : this.decoder.emptyCache(rows, slots);
      while (this.slots(cache) < length) cache = this.decoder.grown(cache);
      const unread = length - 1 - known;
      const dropped = past ? undefined : 0;
      if (unread === 0) return { memory: [promptMask, lastPlaces], carried: cache, dropped };
      const places = mask.map((row) => placesOf(row).slice(known, -1));
      const { cache: carried } = this.decoder.step({
        inputIds: tensor2d(
          ids.flatMap((row) => row.slice(known, -1)),
          [rows, unread],
          'int32',
        ),
        positionIds: tensor2d(places.flat(), [rows, unread], 'int32'),
        inputMask: slice(promptMask, [0, known], [rows, unread]),
        ...this.slotsAt(known, promptMask, cache),
      });
      return { memory: [promptMask, lastPlaces], carried, dropped };
    });
    for (const tensor of filled) if (!state.carried.includes(tensor)) tensor.dispose();
    return state;
  }

  decodingStep(ids: Tensor2D, state: DecoderState, position: number): DecodingStep {
    const [promptMask, lastPlaces] = state.memory as [Tensor2D, Tensor];
    const next = promptMask.shape[1] - 1 + position;
    const count = ids.shape[1];
    const { cache, dropped } = this.withRoom(state, next, count);
    const {
      logits,
      states,
      cache: now,
    } = this.compiled({
      inputIds: ids,
      positionIds: add(lastPlaces, range(position, position + count, 1, 'int32')),
      ...this.slotsAt(next, promptMask, cache, dropped),
    });
    return {
      logits: flat(logits),
      states: flat(states),
      carried: now.length > 0 ? now : cache,
      dropped,
      crossAttentions: [],
    };
  }

  /** The cache with room for so many positions from the given one on. */
  private withRoom({ carried, dropped }: DecoderState, next: number, count: number) {
    const capacity = this.slots(carried);
    const slot = next - (dropped ?? 0);
    if (slot + count <= capacity) return { cache: carried, dropped };
    const useless = slot - (this.decoder.reach ?? slot);
    if (dropped === undefined || useless < Math.max(capacity / 2, count)) {
      return { cache: this.decoder.grown(carried), dropped };
    }
    return { cache: this.decoder.shifted!(carried, useless), dropped: dropped + useless };
  }

  /** How many positions a cache has room for. */
  private slots(cache: readonly Tensor[]): number {
    return this.decoder.capacity(cache) ?? Infinity;
  }

  dispose(): void {
    this.compiled.dispose();
  }

  /** A cache, and where a step stands in it, of which the first slots may have been dropped. */
  private slotsAt(next: number, promptMask: Tensor2D, cache: Tensor[], dropped = 0) {
    const capacity = this.decoder.capacity(cache);
    return {
      slot: scalar(next - dropped, 'int32'),
      cache,
      ...(capacity !== undefined && { mask: maskOf(promptMask, capacity, dropped) }),
    };
  }
}

/** (B, T, E) → (B·T, E) */
const flat = (x: Tensor) => reshape(x, [-1, x.shape[2]!]) as Tensor2D;

/** The least power of two that is enough. */
const slotsFor = (length: number): number => 2 ** Math.ceil(Math.log2(length));

/** Where each token of a row stands; padding before the first one stands where that does. */
function placesOf(mask: readonly number[]): number[] {
  let count = 0;
  return mask.map((one) => {
    count += one;
    return Math.max(count - 1, 0);
  });
}

/** 1 at the slots of tokens, and at those that later ones get: (B, P) → (B, C), the first of which is slot `from`. */
function maskOf(promptMask: Tensor2D, slots: number, from = 0): Tensor2D {
  const [rows, length] = promptMask.shape;
  const known = Math.min(Math.max(length - from, 0), slots);
  if (known === 0) return ones([rows, slots], 'int32');
  const own = slice(promptMask, [0, from], [-1, known]) as Tensor2D;
  const padding: [number, number][] = [
    [0, 0],
    [0, slots - known],
  ];
  return known === slots ? own : (pad(own, padding, 1) as Tensor2D);
}
