import { memory } from '@tensorflow/tfjs-core';

/** Bytes: what the process has resident, else what tensors take. */
export function memoryInUse(): number {
  const { process } = globalThis as { process?: { memoryUsage?: { rss?(): number } } };
  return process?.memoryUsage?.rss?.() ?? memory().numBytes;
}
