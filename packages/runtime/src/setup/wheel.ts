import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { platform, type Variant, wheelDirectory } from '../native/installed.js';
import { readManifest, writeManifest } from '../native/manifest.js';
import { nativeSources } from '../native/upstream.js';
import type { BuildOptions, Report } from './events.js';
import { type PinnedBuild, type PinnedWheel, pins } from './pins.js';
import { findPythons } from './python.js';
import { runCommand } from './run_command.js';
import { type TensorFlowFiles, tensorFlowFiles } from './tensorflow_files.js';
import type { Workspace } from './workspace.js';

/** The members of the wheels that an addon is built against and runs with. */
const NEEDED = [
  'tensorflow/libtensorflow(_cc|_framework)\\.(so\\.2|2\\.dylib)',
  'tensorflow/include/tensorflow/c/.*\\.h',
  'tensorflow/include/(tensorflow/core|tsl|xla/tsl)/platform/ctstring.*\\.h',
  'tensorflow/include/xla/tsl/c/tsl_status.*\\.h',
  'tensorflow/include/tensorflow/core/public/release_version\\.h',
  'tensorflow/python/platform/build_info\\.py',
  // CUDA's libraries, and the device code and assembler that XLA uses. TensorFlow looks for them in ../nvidia/*/.
  'nvidia/[^/]+/lib/.*\\.so(\\.[0-9]+)*',
  'nvidia/cuda_nvcc/(bin|nvvm)/.*',
];

async function bytesIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true });
  const sizes = await Promise.all(
    entries.map((name) =>
      stat(join(directory, name)).then(
        (s) => (s.isFile() ? s.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** Fetches one wheel into `directory`, checked against its hash, and gives its path. */
async function download(
  python: string,
  wheel: PinnedWheel,
  build: PinnedBuild,
  directory: string,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<string> {
  const title = `${wheel.project} ${wheel.version}`;
  const requirements = join(directory, 'requirements.txt');
  await writeFile(requirements, `${wheel.project}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const args = ['-m', 'pip', 'download', '--requirement', requirements, '--require-hashes', '--no-deps'];
  args.push('--only-binary=:all:', '--python-version', '3.12', '--implementation', 'cp', '--no-cache-dir');
  for (const tag of build.platformTags) args.push('--platform', tag);
  args.push('--dest', directory, '--no-input', '--disable-pip-version-check', '--progress-bar', 'off');
  // pip keeps what it downloads in TMPDIR until it is whole: here it is seen growing, and is not left behind.
  const env = { ...process.env, TMPDIR: directory, PIP_REQUIRE_VIRTUALENV: '0' };

  report({ stage: 'download', message: `fetching ${title}` });
  let total: number | undefined;
  const watch = setInterval(async () => {
    const done = await bytesIn(directory).catch(() => 0);
    const of = total ? ` of ${megabytes(total)}` : '';
    const fraction = total && Math.min(1, done / total);
    report({ stage: 'download', message: `fetching ${title}: ${megabytes(done)}${of}`, fraction });
  }, 500);
  try {
    const onLine = (line: string): void => {
      const size = /Downloading .*\(([\d.]+) ([kMG])B\)/.exec(line);
      if (size) total = Number(size[1]) * { k: 1e3, M: 1e6, G: 1e9 }[size[2] as 'k' | 'M' | 'G'];
    };
    await runCommand(python, args, { env, signal, onLine });
  } finally {
    clearInterval(watch);
  }
  const file = (await readdir(directory)).find((name) => name.endsWith('.whl'));
  if (!file) throw new Error(`pip fetched no wheel of ${title}`);
  return join(directory, file);
}

async function unpack(
  python: string,
  wheel: string,
  directory: string,
  title: string,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  report({ stage: 'unpack', message: `unpacking ${title}` });
  const onLine = (line: string): void => {
    const percent = Number(line);
    if (percent >= 0) report({ stage: 'unpack', message: `unpacking ${title}`, fraction: percent / 100 });
  };
  const script = join(nativeSources, 'unpack_wheel.py');
  const output = await runCommand(python, [script, wheel, directory, ...NEEDED], { signal, onLine });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '[]') as string[];
}

/** What earlier set-ups unpacked, if all of it is there. */
export function unpackedWheel(variant: Variant): TensorFlowFiles | undefined {
  const directory = wheelDirectory(variant);
  return readManifest(directory) ? tensorFlowFiles(directory, 'wheel') : undefined;
}

/**
 * Fetches the pinned wheels of this platform with pip and unpacks what is needed into the cache.
 *
 * @throws Error saying what is missing (a wheel for this platform, Python, pip) or what pip said.
 */
export async function fetchWheel(
  variant: Variant,
  workspace: Workspace,
  { replace, report, signal }: BuildOptions,
): Promise<TensorFlowFiles> {
  const build = pins.builds[`${variant}-${platform}`];
  if (!build)
    throw new Error(`there is no pinned ${variant === 'gpu' ? 'CUDA build' : 'wheel'} for ${platform}`);
  const pythons = await findPythons(signal);
  if (pythons.length === 0) throw new Error('Python 3 is not on the PATH');
  const python = pythons.find(({ pip }) => pip)?.executable;
  if (!python) throw new Error(`${pythons[0]?.executable} has no pip`);

  const directory = await workspace.temporary('tensorflow');
  const files: string[] = [];
  for (const wheel of build.wheels) {
    const downloads = await workspace.temporary('download');
    const path = await download(python, wheel, build, downloads, report, signal);
    files.push(...(await unpack(python, path, directory, relative(downloads, path), report, signal)));
    await rm(downloads, { recursive: true });
  }
  await mkdir(directory, { recursive: true });
  await writeManifest(directory, files, { wheels: build.wheels });
  await workspace.publish(
    directory,
    wheelDirectory(variant),
    (place) => !replace && readManifest(place) !== undefined,
  );
  return tensorFlowFiles(wheelDirectory(variant), 'wheel');
}
