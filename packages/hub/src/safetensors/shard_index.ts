import { type ModelFiles, pathParts } from '../files/model_files.js';
import { quote } from '../files/quote.js';
import { maxHeaderLength } from './header.js';

/** Which shard each tensor of a checkpoint lies in. */
export interface ShardIndex {
  /** Paths in the model. */
  shards: string[];
  /** Checks that a shard has exactly the tensors that the index says. @throws Error if not */
  check(shard: string, names: Iterable<string>): void;
}

/**
 * Reads the index of a checkpoint's shards, `{"weight_map": {tensor: shard}}`, and checks that the shards are there.
 *
 * @throws Error if it is too long, is not JSON, has no map of texts, or names a shard that is missing, is no safetensors
 * file, or lies outside of the index's directory
 */
export async function readShardIndex(files: ModelFiles, path: string): Promise<ShardIndex> {
  const name = `${files.name}/${path}`;
  const size = await files.size(path);
  if (size > maxHeaderLength) {
    throw new Error(`${name}: an index must have at most ${maxHeaderLength} bytes, but has ${size}`);
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const namesByShard = new Map<string, Set<string>>();
  for (const [tensor, shard] of readWeightMap(await files.text(path), name)) {
    const fault = faultOf(shard);
    if (fault) throw new Error(`${name}: the shard of ${quote(tensor)} ${fault}`);
    const names = namesByShard.get(folder + shard) ?? new Set();
    namesByShard.set(folder + shard, names.add(tensor));
  }
  const shards = [...namesByShard.keys()];
  for (const shard of shards) {
    if (!(await files.has(shard))) throw new Error(`${name}: its shard ${quote(shard)} is missing`);
  }
  return { shards, check: (shard, names) => checkShard(namesByShard.get(shard)!, names, name, shard) };
}

function readWeightMap(text: string, name: string): [string, unknown][] {
  let index: { weight_map?: unknown } | null;
  try {
    index = JSON.parse(text) as typeof index;
  } catch {
    throw new Error(`${name} must be JSON, but is not`);
  }
  const map = index?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new Error(`${name}: weight_map must be an object, but is ${describe(map)}`);
  }
  const entries = Object.entries(map);
  if (entries.length === 0) throw new Error(`${name}: weight_map must name tensors, but is empty`);
  return entries;
}

const describe = (value: unknown) =>
  value === undefined
    ? 'missing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? 'an array'
        : `a ${typeof value}`;

function faultOf(shard: unknown): string | undefined {
  if (typeof shard !== 'string') return `must be text, but is ${describe(shard)}`;
  try {
    pathParts(shard);
  } catch {
    return `must lie in the directory of the index, but is ${quote(shard)}`;
  }
  return shard.endsWith('.safetensors') ? undefined : `must be a .safetensors file, but is ${quote(shard)}`;
}

function checkShard(expected: Set<string>, names: Iterable<string>, index: string, shard: string): void {
  const found = new Set(names);
  for (const tensor of expected) {
    if (!found.has(tensor))
      throw new Error(`${index}: tensor ${quote(tensor)} must be in ${quote(shard)}, but is not`);
  }
  for (const tensor of found) {
    if (!expected.has(tensor)) {
      throw new Error(
        `${index}: ${quote(shard)} has the tensor ${quote(tensor)}, which the index does not place there`,
      );
    }
  }
}
