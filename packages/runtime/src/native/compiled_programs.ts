import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../cache_dir.js';

const MEGABYTE = 2 ** 20;
/** What all programs may take; when it is more, the oldest half goes. */
const LARGEST = 1024 * MEGABYTE;
/** XLA fails to compile where it fails to write, so that a disk that is nearly full is left alone. */
const NEEDED = 256 * MEGABYTE;

/**
 * Where XLA keeps the programs that it compiled with a version of TensorFlow for this processor, which are loaded instead of
 * compiled when they are needed again.
 */
export const compiledProgramsDirectory = (tensorflowVersion: string) =>
  join(cacheDirectory(), 'xla', `${tensorflowVersion}-${process.platform}-${process.arch}-${processor()}`);

/** A text that differs where processors have other instructions. */
function processor(): string {
  let features = '';
  try {
    [features = ''] = /^(flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
  } catch {
    // Only Linux has it.
  }
  return createHash('sha256').update(`${cpus()[0]?.model} ${features}`).digest('hex').slice(0, 12);
}

/**
 * Runs `load`, which loads TensorFlow, such that XLA keeps what it compiles in this directory; without, where it cannot be
 * written or the user has chosen another.
 */
export function keepingCompiledPrograms<T>(directory: string, load: () => T): T {
  const { env } = process;
  const flags = env.TF_XLA_FLAGS;
  if (flags?.includes('persistent_cache') || !isUsable(directory)) return load();
  const ours = `--tf_xla_persistent_cache_directory=${directory} --tf_xla_persistent_cache_prefix=chui`;
  env.TF_XLA_FLAGS = flags ? `${flags} ${ours}` : ours;
  try {
    return load();
  } finally {
    // TensorFlow has read it; a program that this process starts is not to.
    if (flags === undefined) delete env.TF_XLA_FLAGS;
    else env.TF_XLA_FLAGS = flags;
  }
}

function isUsable(directory: string): boolean {
  // A space would end the flag.
  if (/\s/.test(directory)) return false;
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    if (bavail * bsize < NEEDED) return false;
    prune(directory);
    return true;
  } catch {
    return false;
  }
}

/** Deletes the oldest programs if all take too much, and what was left half written. */
function prune(directory: string): void {
  const files = readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() ? [{ path, time: stat.mtimeMs, bytes: stat.size }] : [];
  });
  const yesterday = Date.now() - 24 * 3600 * 1000;
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const goal = total > LARGEST ? LARGEST / 2 : total;
  for (const { path, time, bytes } of files.sort((one, other) => one.time - other.time)) {
    const isLeftover = path.endsWith('.tmp') && time < yesterday;
    if (total <= goal && !isLeftover) continue;
    rmSync(path, { force: true });
    total -= bytes;
  }
}

/** Deletes all programs of a directory: one of them cannot be loaded. */
export function forgetCompiledPrograms(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
