import { Encoding } from './encoding.js';
import type { JsonNode } from './json/json_node.js';
import { type Side, sides } from './truncation.js';

/** How encodings are made equally long. */
export interface Padding {
  /** A fixed number of tokens, or `longest` for the longest of a batch. */
  length: number | 'longest';
  /** The length is rounded up to a multiple of this. */
  multipleOf?: number | undefined;
  side: Side;
  id: number;
  typeId: number;
  token: string;
}

export function paddingFromJSON(json: JsonNode): Padding | undefined {
  if (json.isNull) return undefined;
  const strategy = json.get('strategy');
  const multipleOf = json.get('pad_to_multiple_of');
  return {
    length: strategy.value === 'BatchLongest' ? 'longest' : strategy.get('Fixed').integer(),
    multipleOf: multipleOf.isNull ? undefined : multipleOf.integer(),
    side: sides[json.get('direction').choice('Left', 'Right')],
    id: json.get('pad_id').integer(),
    typeId: json.get('pad_type_id').integer(),
    token: json.get('pad_token').string(),
  };
}

export function paddingToJSON(padding: Padding): object {
  return {
    strategy: padding.length === 'longest' ? 'BatchLongest' : { Fixed: padding.length },
    direction: padding.side === 'left' ? 'Left' : 'Right',
    pad_to_multiple_of: padding.multipleOf ?? null,
    pad_id: padding.id,
    pad_type_id: padding.typeId,
    pad_token: padding.token,
  };
}

/** Pads the encodings of a batch, and what overflowed from them, to one length; longer ones stay as they are. */
export function pad(encodings: Encoding[], padding: Padding): Encoding[] {
  const longest = encodings.reduce((most, { length }) => Math.max(most, length), 0);
  const length = padding.length === 'longest' ? longest : padding.length;
  const multiple = padding.multipleOf || 1;
  const target = Math.ceil(length / multiple) * multiple;
  return encodings.map((encoding) => padTo(encoding, target, padding));
}

function padTo(encoding: Encoding, length: number, padding: Padding): Encoding {
  const overflowing = encoding.overflowing.map((window) => padTo(window, length, padding));
  const missing = length - encoding.length;
  if (missing <= 0) return encoding.withOverflowing(overflowing);
  const filling = Encoding.added({
    ids: Array<number>(missing).fill(padding.id),
    tokens: Array<string>(missing).fill(padding.token),
    typeId: padding.typeId,
    attention: 0,
  });
  return Encoding.concat(padding.side === 'left' ? [filling, encoding] : [encoding, filling], overflowing);
}
