import { GRUCell } from './gru_cell.js';
import { LSTMCell } from './lstm_cell.js';
import type { RecurrentCell, RecurrentCellArgs } from './recurrent_cell.js';

const cells = { lstm: LSTMCell, gru: GRUCell };

/** Cells that a decoder may step with. */
export type CellName = keyof typeof cells;

/** @throws RangeError if there is no such cell, or units is not a positive integer. */
export function cellOf(name: CellName, args: RecurrentCellArgs): RecurrentCell {
  if (!Object.hasOwn(cells, name)) {
    throw new RangeError(`cell must be ${Object.keys(cells).join(' or ')}, but is ${name}`);
  }
  return new cells[name](args);
}
