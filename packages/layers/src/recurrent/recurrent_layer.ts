import { concat, type serialization, split, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  Layer,
  type LayerArgs,
  positiveInteger,
  type Shapes,
  sequenceShape,
  shapeList,
  type Tensors,
} from '../layer.js';
import { readSequence } from './read_sequence.js';
import type { RecurrentCell } from './recurrent_cell.js';

/** The way in which a recurrent layer reads a sequence. Outputs keep the places of their inputs, whichever it is. */
export type Direction = 'forward' | 'backward' | 'both';

/** What every recurrent layer's constructor takes. */
export interface RecurrentLayerArgs extends LayerArgs {
  /** Width U of the states of one direction. */
  units: number;
  /** Default `forward`. With `both`, bidirectional, there are two cells side by side, and all states are 2U wide, forward first. */
  direction?: Direction;
}

/** What a recurrent layer reads, by name. */
export interface SequenceInputs<T> {
  /** (B, T, I) */
  x: T;
  /** (B, T), 1 = read; all, if left out */
  mask?: T | undefined;
  /** The parts of the state to start from, (B, U) each; zeros, if there are none. */
  state?: readonly T[];
}

type NamedInputs<T> = SequenceInputs<T> & { state: T[] };

/**
 * Base of the layers that run a cell over a sequence.
 *
 * - inputs: x (B, T, I), optional mask (B, T), optionally the state's parts (B, U) to start from (default zeros). Where
 *   the mask is 0, wherever that is, the state is carried over and the output is 0.
 * - outputs: h of every step (B, T, U), then the parts of the last state, each (B, U)
 * - weights: those of the cell as `forward/…` or `backward/…`, or both
 *
 * With `direction: 'both'` the outputs tell of each slot what stands before and after it, as the memory of an attention
 * should: see `BahdanauDecoder`.
 *
 * @throws RangeError if units is not a positive integer, the direction is unknown, or the inputs are not such a list.
 * @see Schuster and Paliwal (1997) for the bidirectional form
 */
export abstract class RecurrentLayer extends Layer {
  readonly units: number;
  readonly direction: Direction;
  private readonly cells: { cell: RecurrentCell; backwards: boolean }[];

  constructor(
    { units, direction = 'forward', ...args }: RecurrentLayerArgs,
    makeCell: (units: number) => RecurrentCell,
  ) {
    super(args);
    this.units = positiveInteger('units', units);
    this.direction = direction;
    this.cells = directions(direction).map((name) => ({
      cell: this.own(name, makeCell(units)),
      backwards: name === 'backward',
    }));
  }

  override build(shapes: Shapes): void {
    const [batch, , width] = this.shapes(shapes).x as [number, number, number];
    const state = this.stateNames.map(() => [batch, this.units]);
    for (const { cell } of this.cells) this.buildOwned(cell, [[batch, width], ...state]);
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor[] {
    return this.read(this.named([inputs].flat()));
  }

  /** The outputs for inputs by name, of which the mask may be left out whatever else is given; the layer must be built. */
  read({ x, mask, state = [] }: SequenceInputs<Tensor>): Tensor[] {
    return tidy(() => {
      // A split into one part has no gradient in tfjs.
      const parts = state.map((part) =>
        this.cells.length === 1 ? [part] : split(part, this.cells.length, 1),
      );
      const read = this.cells.map(({ cell, backwards }, i) =>
        readSequence(cell, { x, mask, state: parts.map((part) => part[i]!) }, { backwards }),
      );
      return read[0]!.map((_, output) =>
        concat(
          read.map((results) => results[output]!),
          -1,
        ),
      ); // (…, U) or (…, 2U)
    });
  }

  /** The state that a sequence starts from, zeros: its parts, (B, U) each. */
  emptyState(batch: number): Tensor[] {
    return this.stateNames.map(() => zeros([batch, this.width]));
  }

  override computeOutputShape(shapes: Shapes): Shape[] {
    const [batch, length] = this.shapes(shapes).x as [number, number];
    return [[batch, length, this.width], ...this.stateNames.map(() => [batch, this.width])];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), units: this.units, direction: this.direction };
  }

  /** Names of the state's parts. */
  get stateNames(): readonly string[] {
    return this.cells[0]!.cell.stateNames;
  }

  /** Width of the states of all directions. */
  private get width(): number {
    return this.units * this.cells.length;
  }

  private named<T>(inputs: T[]): NamedInputs<T> {
    const names = this.stateNames;
    const [x, ...rest] = inputs as [T, ...T[]];
    if (rest.length > names.length + 1) {
      const optional = ['mask', ...names].map((name) => `${name}?`).join(', ');
      throw new RangeError(`inputs must be [x, ${optional}], but are ${inputs.length}`);
    }
    // One alone is the mask, of a state of one part too.
    const state = rest.length < 2 ? [] : rest.slice(-names.length);
    return { x, mask: rest.length > state.length ? rest[0] : undefined, state };
  }

  private shapes(shapes: Shapes): NamedInputs<Shape> {
    const inputs = this.named(shapeList(shapes));
    const { x, mask, state } = inputs;
    const [, length] = sequenceShape('x', x);
    if (mask && mask.length !== 2) {
      throw new RangeError(`mask must be of rank 2 (batch, length), but has shape [${mask}]`);
    }
    if (mask?.[1] != null && length != null && mask[1] !== length) {
      throw new RangeError(`mask must be of shape [batch, ${length}], but has shape [${mask}]`);
    }
    for (const [i, part] of state.entries()) {
      if (part.length !== 2 || part[1] !== this.width) {
        throw new RangeError(
          `${this.stateNames[i]} must be of shape [batch, ${this.width}], but has shape [${part}]`,
        );
      }
    }
    return inputs;
  }
}

function directions(direction: Direction): ('forward' | 'backward')[] {
  if (direction === 'both') return ['forward', 'backward'];
  if (direction === 'forward' || direction === 'backward') return [direction];
  throw new RangeError(`direction must be forward, backward or both, but is ${direction}`);
}
