import type { ModelFiles } from '../files/model_files.js';
import { quote } from '../files/quote.js';
import { type Dtype, type SavedTensor, tensorOf } from './dtype.js';
import { findCheckpoint } from './find_checkpoint.js';
import { type Header, readHeader, readHeaderLength } from './header.js';
import { readShardIndex } from './shard_index.js';

/** A tensor of a checkpoint, unread. */
interface CheckpointTensor {
  dtype: Dtype;
  shape: number[];
  /** The file that it lies in, by its path in the model. */
  file: string;
}

/** Where a tensor lies, in bytes of its file. */
interface Place {
  start: number;
  end: number;
}

/** The beginning of a file that is asked for at once: most headers are shorter, and need no second request. */
const firstRead = 2 ** 16;

/**
 * The weights of a model in safetensors: one file, or an index with the shards that it names. Opening reads headers only;
 * a tensor is read when it is asked for.
 *
 * @example
 * const checkpoint = await Checkpoint.open(await openFiles('./model'));
 * for (const name of checkpoint.tensors.keys()) toFloat32(await checkpoint.read(name));
 */
export class Checkpoint {
  private constructor(
    /** The file of tensors, or the index of shards, as errors name it. */
    readonly name: string,
    /** What tensors there are, by name. */
    readonly tensors: ReadonlyMap<string, CheckpointTensor>,
    /** What the files say of themselves; of a key that two shards have, the first one's. */
    readonly metadata: Record<string, string>,
    private readonly files: ModelFiles,
    private readonly places: ReadonlyMap<string, Place>,
  ) {}

  /**
   * Opens `model.safetensors`, or else `model.safetensors.index.json` with its shards, or the file of either kind that is
   * given. Every header is checked wholly, and against the index, before a tensor is read.
   *
   * @throws Error if there is no such file, weights are in another format only, a header lies about its file, or the
   * index does not name exactly the tensors that the shards have
   */
  static async open(files: ModelFiles, { file }: { file?: string } = {}): Promise<Checkpoint> {
    const path = await findCheckpoint(files, file);
    const name = `${files.name}/${path}`;
    const shardIndex = path.endsWith('.json') ? await readShardIndex(files, path) : undefined;
    const tensors = new Map<string, CheckpointTensor>();
    const places = new Map<string, Place>();
    let metadata: Record<string, string> = {};
    const shards = shardIndex?.shards ?? [path];
    await files.prepare?.(shards);
    for (const shard of shards) {
      const { header, dataStart } = await readShard(files, shard);
      shardIndex?.check(shard, header.tensors.keys());
      for (const [key, { dtype, shape, start, end }] of header.tensors) {
        tensors.set(key, { dtype, shape, file: shard });
        places.set(key, { start: dataStart + start, end: dataStart + end });
      }
      metadata = { ...header.metadata, ...metadata };
    }
    return new Checkpoint(name, tensors, metadata, files, places);
  }

  /**
   * Reads a tensor, and nothing else of its file.
   *
   * @throws Error if the checkpoint has no tensor of that name, or its file cannot be read
   */
  async read(name: string): Promise<SavedTensor> {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`${this.name} has no tensor ${quote(name)}`);
    const { start, end } = this.places.get(name)!;
    const bytes = start === end ? new Uint8Array() : await this.files.range(tensor.file, start, end);
    return tensorOf({ dtype: tensor.dtype, shape: [...tensor.shape] }, bytes);
  }
}

async function readShard(files: ModelFiles, path: string): Promise<{ header: Header; dataStart: number }> {
  const name = `${files.name}/${path}`;
  const size = await files.size(path);
  const first = await files.range(path, 0, Math.min(size, firstRead));
  const dataStart = 8 + readHeaderLength(first, size, name);
  const bytes =
    dataStart <= first.length ? first.subarray(0, dataStart) : await files.range(path, 0, dataStart);
  return { header: readHeader(bytes.subarray(8), size - dataStart, name), dataStart };
}
