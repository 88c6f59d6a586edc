import { type SavedTensor, writeSafetensors } from '@chui/hub';

/** A size in bytes, or a text such as `5GB` (10⁹ bytes each) or `500MiB` (2²⁰ each). */
export type FileSize = number | string;

const units: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** @throws RangeError unless it is a size above 0. */
export function bytesOf(name: string, size: FileSize): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) *([KMG]I?B)?$/i.exec(String(size)) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit.toUpperCase()] ?? 1));
  if (bytes > 0) return bytes;
  throw new RangeError(
    `${name} must be a number of bytes above 0, or a text such as 5GB, but is ${JSON.stringify(size)}`,
  );
}

/**
 * Tensors as files: `model.safetensors`, or, where they take more than `maxShardSize` bytes, several and the index of them,
 * as Hugging Face's library has them. A tensor that is larger alone has a file of its own.
 */
export function shardFiles(
  tensors: Iterable<[string, SavedTensor]>,
  metadata: Record<string, string>,
  maxShardSize: number,
): Record<string, string | Uint8Array> {
  const shards: [string, SavedTensor][][] = [[]];
  let [size, total] = [0, 0];
  for (const entry of tensors) {
    const { byteLength } = entry[1].data;
    if (size > 0 && size + byteLength > maxShardSize) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(entry);
    size += byteLength;
    total += byteLength;
  }
  if (shards.length === 1) return { 'model.safetensors': writeSafetensors(shards[0]!, metadata) };
  const place = (index: number) => String(index).padStart(5, '0');
  const nameOf = (index: number) => `model-${place(index + 1)}-of-${place(shards.length)}.safetensors`;
  const weightMap = shards.flatMap((shard, index) => shard.map(([name]) => [name, nameOf(index)]));
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) };
  return {
    ...Object.fromEntries(shards.map((shard, i) => [nameOf(i), writeSafetensors(shard, metadata)])),
    'model.safetensors.index.json': `${JSON.stringify(index, null, 2)}\n`,
  };
}
