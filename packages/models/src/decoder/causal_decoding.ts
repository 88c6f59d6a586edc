import { jit } from '@chui/runtime';
import {
  add,
  concat,
  pad,
  reshape,
  scalar,
  slice,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { DecoderState, DecodingStep, StepDecoder } from '../generation/decoding.js';
import type { Prompts } from './prompts.js';
import type { DecoderStep, TransformerDecoder } from './transformer_decoder.js';

/** Least slots of a cache. */
const LEAST_SLOTS = 64;

/** What a compiled step takes and gives: no cache, where it was written in place. */
type CompiledStep = (step: DecoderStep) => { logits: Tensor; cache: Tensor[] };

/** Decodes step by step with a cache of fixed size, which is doubled when it is full; a step is compiled once for each size. */
export class CausalDecoding implements StepDecoder {
  private readonly compiled;

  constructor(
    private readonly decoder: TransformerDecoder,
    private readonly logitsOf: (states: Tensor) => Tensor,
  ) {
    const step: CompiledStep = (inputs) =>
      tidy(() => {
        const { states, cache } = decoder.step(inputs);
        const isInPlace = cache.every((each, i) => each === inputs.cache[i]);
        return { logits: this.logitsOf(states), cache: isInPlace ? [] : cache };
      });
    this.compiled = jit(step);
  }

  /** The state before the last token of each prompt is fed: what the tokens before it leave in the cache. */
  start({ prefixes, mask }: Prompts, maxLength: number): DecoderState {
    const ids = prefixes.map((prefix) => prefix.ids);
    const [rows, length] = [ids.length, ids[0]!.length];
    const slots = slotsFor(Math.min(maxLength, Math.max(length + 1, LEAST_SLOTS)));
    return tidy(() => {
      const promptMask = tensor2d(mask.flat(), [rows, length], 'int32');
      const counts = mask.map((row) => row.reduce((sum, one) => sum + one, 0));
      const lastPlaces = tensor2d(
        counts.map((count) => count - 1),
        [rows, 1],
        'int32',
      );
      const empty = this.decoder.emptyCache(rows, slots);
      if (length === 1) return { memory: [promptMask, lastPlaces], carried: empty };
      const places = mask.map((row) => placesOf(row).slice(0, -1));
      const { cache } = this.decoder.step({
        inputIds: tensor2d(
          ids.flatMap((row) => row.slice(0, -1)),
          [rows, length - 1],
          'int32',
        ),
        positionIds: tensor2d(places.flat(), [rows, length - 1], 'int32'),
        slot: scalar(0, 'int32'),
        mask: maskOf(promptMask, slots),
        cache: empty,
      });
      return { memory: [promptMask, lastPlaces], carried: cache };
    });
  }

  decodingStep(ids: Tensor2D, { memory, carried }: DecoderState, position: number): DecodingStep {
    const [promptMask, lastPlaces] = memory as [Tensor2D, Tensor];
    const slot = promptMask.shape[1] - 1 + position;
    const cache = slot < carried[0]!.shape[2]! ? carried : carried.map(doubled);
    const { logits, cache: now } = this.compiled({
      inputIds: ids,
      positionIds: add(lastPlaces, scalar(position, 'int32')),
      slot: scalar(slot, 'int32'),
      mask: maskOf(promptMask, cache[0]!.shape[2]!),
      cache,
    });
    return {
      logits: reshape(logits, [ids.shape[0], -1]),
      carried: now.length > 0 ? now : cache,
      crossAttentions: [],
    };
  }

  dispose(): void {
    this.compiled.dispose();
  }
}

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

/** 1 at the slots of tokens, and at those that later ones get: (B, P) → (B, C). */
function maskOf(promptMask: Tensor2D, slots: number): Tensor2D {
  const [, length] = promptMask.shape;
  if (length >= slots) return slice(promptMask, [0, 0], [-1, slots]) as Tensor2D;
  return pad(
    promptMask,
    [
      [0, 0],
      [0, slots - length],
    ],
    1,
  ) as Tensor2D;
}

/** A cache (B, G, C, K) with as many empty slots behind its own. */
const doubled = (cache: Tensor): Tensor => concat([cache, zeros(cache.shape)], 2);
