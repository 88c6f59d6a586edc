import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { exists, readJson } from './run_program.js';

/**
 * Writes down what is run in a directory; where a training was prepared before, it must be the same, for what is there is used.
 *
 * @param files what is read, which must be the same too
 * @throws Error of one line naming the directory and what differs.
 */
export async function keepOptions(out: string, options: object, files: readonly string[]): Promise<void> {
  const path = join(out, 'options.json');
  const text = JSON.stringify({ ...options, files: await digests(files) }, null, 1);
  const there = await readdir(out, { recursive: true });
  const isBegun = there.some((name) => ['plan.json', 'results.json'].includes(basename(name)));
  if (!isBegun || !(await exists(path))) return writeFile(path, `${text}\n`);
  const [now, before] = [JSON.parse(text), await readJson<Record<string, unknown>>(path)];
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [is, was] = [now, before].map((each) => JSON.stringify(each[key]) ?? 'none');
    if (is === was) continue;
    throw new Error(`${out} must be of a run with the same options, but ${key} was ${was} and is ${is}`);
  }
}

/** SHA-256 of the files that there are, by their paths. */
async function digests(paths: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of paths) {
    if (!(await exists(path))) continue;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    found[path] = hash.digest('hex');
  }
  return found;
}
