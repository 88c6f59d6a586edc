import { concat, type serialization, split, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  Layer,
  type LayerArgs,
  positiveInteger,
  register,
  type Shapes,
  sequenceShape,
  shapeList,
  type Tensors,
} from '../layer.js';
import { LSTMCell } from './lstm_cell.js';
import { readSequence } from './read_sequence.js';

/** The way in which an LSTM reads a sequence. Outputs keep the places of their inputs, whichever it is. */
export type Direction = 'forward' | 'backward' | 'both';

/** Options of `LSTM`. */
export interface LSTMArgs extends LayerArgs {
  /** Width U of the states of one direction. */
  units: number;
  /** Default `forward`. With `both` there are two LSTMs side by side, and all states are 2U wide, forward first. */
  direction?: Direction;
}

/**
 * Long short-term memory over a sequence, as `LSTMCell` has it step by step.
 *
 * - inputs: x (B, T, I), optional mask (B, T), optional h and c (B, U) to start from (default zeros): the list
 *   is [x], [x, mask], [x, h, c] or [x, mask, h, c]. Where the mask is 0, wherever that is, the state is carried over
 *   and the output is 0.
 * - outputs: the state h of every step (B, T, U), the last h (B, U), the last c (B, U)
 * - weights: `forward/kernel` (I + U, 4U) and `forward/bias` (4U), or `backward/…`, or both
 *
 * Without attention it is a decoder too: [x, h, c] → [output, h, c], for all steps at once or for one.
 *
 * @throws RangeError if units is not a positive integer, the direction is unknown, or the inputs are not such a list.
 * @see Schuster and Paliwal (1997) for both directions
 */
export class LSTM extends Layer {
  static readonly className = 'ChuiLSTM';
  readonly units: number;
  readonly direction: Direction;
  private readonly cells: { cell: LSTMCell; backwards: boolean }[];

  constructor({ units, direction = 'forward', ...args }: LSTMArgs) {
    super(args);
    this.units = positiveInteger('units', units);
    this.direction = direction;
    this.cells = directions(direction).map((name) => ({
      cell: this.own(name, new LSTMCell({ units })),
      backwards: name === 'backward',
    }));
  }

  override build(shapes: Shapes): void {
    const [batch, , width] = this.shapes(shapes).x as [number, number, number];
    const state = [batch, this.units];
    for (const { cell } of this.cells) this.buildOwned(cell, [[batch, width], state, state]);
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor[] {
    const { x, mask, h, c } = named([inputs].flat());
    return tidy(() => {
      // A split into one part has no gradient in tfjs.
      const parts = (state?: Tensor) =>
        !state ? [] : this.cells.length === 1 ? [state] : split(state, this.cells.length, 1);
      const [hs, cs] = [parts(h), parts(c)];
      const read = this.cells.map(({ cell, backwards }, i) =>
        readSequence(cell, { x, mask, h: hs[i], c: cs[i] }, { backwards }),
      );
      return [0, 1, 2].map((output) =>
        concat(
          read.map((results) => results[output]!),
          -1,
        ),
      ); // (…, U) or (…, 2U)
    });
  }

  override computeOutputShape(shapes: Shapes): Shape[] {
    const [batch, length] = this.shapes(shapes).x as [number, number];
    const width = this.units * this.cells.length;
    return [
      [batch, length, width],
      [batch, width],
      [batch, width],
    ];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), units: this.units, direction: this.direction };
  }

  private shapes(shapes: Shapes): SequenceInputs<Shape> {
    const inputs = named(shapeList(shapes));
    const { x, mask, h, c } = inputs;
    sequenceShape('x', x);
    if (mask && mask.length !== 2) {
      throw new RangeError(`mask must be of rank 2 (batch, length), but has shape [${mask}]`);
    }
    const width = this.units * this.cells.length;
    for (const [name, state] of Object.entries({ h, c })) {
      if (state && (state.length !== 2 || state[1] !== width)) {
        throw new RangeError(`${name} must be of shape [batch, ${width}], but has shape [${state}]`);
      }
    }
    return inputs;
  }
}
register(LSTM);

/** @see LSTM */
export const lstm = (args: LSTMArgs) => new LSTM(args);

interface SequenceInputs<T> {
  x: T;
  mask?: T;
  h?: T;
  c?: T;
}

function directions(direction: Direction): ('forward' | 'backward')[] {
  if (direction === 'both') return ['forward', 'backward'];
  if (direction === 'forward' || direction === 'backward') return [direction];
  throw new RangeError(`direction must be forward, backward or both, but is ${direction}`);
}

function named<T>(inputs: T[]): SequenceInputs<T> {
  const [x, ...rest] = inputs as [T, ...T[]];
  if (rest.length > 3) throw new RangeError(`inputs must be [x, mask?, h?, c?], but are ${inputs.length}`);
  const mask = rest.length % 2 === 1 ? rest[0] : undefined;
  const [h, c] = rest.length >= 2 ? rest.slice(-2) : [];
  return { x, mask, h, c };
}
