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
  /** Asked for when something is to be filled. */
  filling: () => { id: number; token: string; typeId: number };
}

export function paddingFromJSON(json: JsonNode): Padding | undefined {
  if (json.isNull) return undefined;
  const strategy = json.get('strategy');
  const multipleOf = json.get('pad_to_multiple_of');
  const shape = {
    length: strategy.value === 'BatchLongest' ? ('longest' as const) : strategy.get('Fixed').integer(),
    multipleOf: multipleOf.isNull ? undefined : multipleOf.integer(),
    side: sides[json.get('direction').choice('Left', 'Right')],
  };
  const filling = {
    id: json.get('pad_id').integer(),
    token: json.get('pad_token').string(),
    typeId: json.get('pad_type_id').integer(),
  };
  return { ...shape, filling: () => filling };
}

export function paddingToJSON(padding: Padding): object {
  const { id, token, typeId } = padding.filling();
  return {
    strategy: padding.length === 'longest' ? 'BatchLongest' : { Fixed: padding.length },
    direction: padding.side === 'left' ? 'Left' : 'Right',
    pad_to_multiple_of: padding.multipleOf ?? null,
    pad_id: id,
    pad_type_id: typeId,
    pad_token: token,
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
  const { id, token, typeId } = padding.filling();
  const filling = Encoding.added({
    ids: Array<number>(missing).fill(id),
    tokens: Array<string>(missing).fill(token),
    typeId,
    attention: 0,
  });
  return Encoding.concat(padding.side === 'left' ? [filling, encoding] : [encoding, filling], overflowing);
}
