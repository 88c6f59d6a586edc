import { type serialization, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { AttentionResult } from '../attention/attention.js';
import { ScoredAttention } from '../attention/scored_attention.js';
import {
  Layer,
  type LayerArgs,
  partOf,
  positiveInteger,
  type Shapes,
  sequenceShape,
  serializeLayer,
  shapeList,
  type Tensors,
} from '../layer.js';
import { type CellName, cellOf } from './cells.js';
import type { RecurrentCell } from './recurrent_cell.js';

/** What every recurrent decoder's constructor takes. */
export interface RecurrentDecoderArgs extends LayerArgs {
  /** Width U of the cell's states. */
  units: number;
  /** What steps from state to state. Default `lstm`. */
  cell?: CellName;
  /** What reads the memory: any attention that scores pairs. The decoder owns it. */
  attention: ScoredAttention | serialization.ConfigDict;
}

/** What a decoder makes of some steps. */
export interface Decoded {
  /** (B, T, O) */
  output: Tensor;
  /** (B, T, S), or (B, H, T, S) */
  weights: Tensor;
  /** The state after the last step, each (B, width). */
  state: Tensor[];
}

/** Reads the memory with the queries (B, U) of one step, or (B, T, U) of all. */
export type Attend = (query: Tensor) => AttentionResult;

/** Widths that a decoder works with. */
export interface DecoderWidths {
  /** Of the cell's input. */
  cell: number;
  /** O */
  output: number;
  /** F, in decoders that feed back what they attended to. */
  feed?: number;
}

interface DecoderInputs<T> {
  x: T;
  memory: T;
  mask: T;
  state: T[];
}

/**
 * Base of the recurrent decoders that attend to a memory at every step. One interface serves for training, on all T
 * steps of a known target, and for decoding, on one step: the state that comes out goes into the next call.
 *
 * - inputs, one list: x (B, T, E), memory (B, S, M), the memory's mask (B, S), then the state: the cell's parts, each
 *   (B, U), h and c of an LSTM and h of a GRU, and, in decoders that feed back what they attended to, feed (B, F), which
 *   may be left out of the first call and is zeros then
 * - outputs: output (B, T, O), the attention's weights (B, T, S), or (B, H, T, S) of an attention with heads, then the
 *   whole state after the last step
 * - weights: the cell's as `cell/…`, see `LSTMCell` and `GRUCell`; the attention's as `attention/…`
 *
 * Keys are projected once, whatever T is. A decoder without attention is an `LSTM`: [x, h, c] → [output, h, c].
 *
 * @throws RangeError if units is not a positive integer, there is no such cell, or the inputs are not such a list.
 */
export abstract class RecurrentDecoder extends Layer {
  readonly units: number;
  protected readonly cell: RecurrentCell;
  private readonly cellName: CellName;
  private readonly attention: ScoredAttention;

  constructor({ units, cell = 'lstm', attention, ...args }: RecurrentDecoderArgs) {
    super(args);
    this.units = positiveInteger('units', units);
    this.cellName = cell;
    this.cell = this.own('cell', cellOf(cell, { units }));
    const what = 'an attention layer that scores pairs';
    this.attention = this.own('attention', partOf('attention', attention, what, ScoredAttention));
  }

  /** The widths that follow from those of x and of a context. */
  protected abstract widths(x: number, context: number): DecoderWidths;
  /** Runs the steps of x (B, T, E). */
  protected abstract decode(x: Tensor, state: Tensor[], attend: Attend): Decoded;

  /** Widths of the state's parts for a memory of width M: a U for each of the cell's, and F if there is a feed. */
  stateWidths(memoryWidth: number): number[] {
    const { feed } = this.widths(0, this.contextWidth(memoryWidth));
    return [...this.cell.stateNames.map(() => this.units), ...(feed === undefined ? [] : [feed])];
  }

  override build(shapes: Shapes): void {
    const { x, memory, state } = this.shapes(shapes);
    const [batch, length, width] = x as [number, number, number];
    const { cell } = this.widths(width, this.contextWidth(memory[2]!));
    this.buildOwned(this.cell, [[batch, cell], ...state.slice(0, this.cell.stateNames.length)]);
    this.buildOwned(this.attention, [[batch, length, this.units], memory, memory]);
    super.build(shapes);
  }

  override call(inputs: Tensors, { training = false }: { training?: boolean } = {}): Tensor[] {
    return tidy(() => {
      const { x, memory, mask, state: given } = this.named([inputs].flat());
      const state = this.stateWidths(memory.shape[2]!).map(
        (width, i) => given[i] ?? zeros([x.shape[0]!, width]),
      );
      const prepared = this.attention.prepare({ key: memory, mask });
      const attend = (query: Tensor) => this.attention.step(query, prepared, { training });
      const decoded = this.decode(x, state, attend);
      return [decoded.output, decoded.weights, ...decoded.state];
    });
  }

  override computeOutputShape(shapes: Shapes): Shape[] {
    const { x, memory } = this.shapes(shapes);
    const [batch, length, width] = x as [number, number, number];
    const [context, weights] = this.attention.resultShapes([[batch, length, this.units], memory, memory]);
    const state = this.stateWidths(memory[2]!).map((each) => [batch, each]);
    return [[batch, length, this.widths(width, context[2]!).output], weights, ...state];
  }

  override getConfig(): serialization.ConfigDict {
    const { units, cellName: cell, attention } = this;
    return { ...super.getConfig(), units, cell, attention: serializeLayer(attention) };
  }

  /** Width of the context that is read from a memory of width M. */
  protected contextWidth(memoryWidth: number): number {
    const memory = [null, null, memoryWidth];
    const [context] = this.attention.resultShapes([[null, null, this.units], memory, memory]);
    return context[2]!;
  }

  private named<T>(inputs: T[]): DecoderInputs<T> {
    const least = 3 + this.cell.stateNames.length;
    const feeds = this.widths(0, 0).feed !== undefined;
    if (inputs.length !== least && !(feeds && inputs.length === least + 1)) {
      const names = ['x', 'memory', 'mask', ...this.cell.stateNames, ...(feeds ? ['feed?'] : [])];
      throw new RangeError(`inputs must be [${names.join(', ')}], but are ${inputs.length}`);
    }
    const [x, memory, mask, ...state] = inputs as [T, T, T, ...T[]];
    return { x, memory, mask, state };
  }

  private shapes(shapes: Shapes): DecoderInputs<Shape> {
    const inputs = this.named(shapeList(shapes));
    const { x, memory, mask, state } = inputs;
    for (const [name, shape] of Object.entries({ x, memory })) sequenceShape(name, shape);
    if (mask.length !== 2) {
      throw new RangeError(`mask must be of rank 2 (batch, memory length), but has shape [${mask}]`);
    }
    const widths = this.stateWidths(memory[2]!);
    for (const [i, shape] of state.entries()) {
      if (shape.length !== 2 || shape[1] !== widths[i]) {
        throw new RangeError(
          `${[...this.cell.stateNames, 'feed'][i]} must be of shape [batch, ${widths[i]}], but has shape [${shape}]`,
        );
      }
    }
    return inputs;
  }
}
