import { Encoding } from '../encoding.js';
import type { JsonNode } from '../json/json_node.js';

/** A token that is put around texts, and its id. */
export type SpecialToken = [token: string, id: number];

export function specialTokenFromJSON(json: JsonNode): SpecialToken {
  const [token, id, ...rest] = json.items();
  if (!token || !id || rest.length > 0) throw json.error('must be a token and its id');
  return [token.string(), id.integer()];
}

/** The token as an encoding of its own. */
export const encodingOf = ([token, id]: SpecialToken, typeId: number): Encoding =>
  Encoding.added({ ids: [id], tokens: [token], typeId, attention: 1 });
