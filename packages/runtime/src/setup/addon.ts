import { dirname, join } from 'node:path';
import {
  ADDON_FILE,
  type AddonFacts,
  addonDirectory,
  type InstalledAddon,
  installedAddon,
  nativeDirectory,
  type Variant,
} from '../native/installed.js';
import { portablePath, writeManifest } from '../native/manifest.js';
import { quietEnvironment } from '../native/quiet.js';
import { nativeSources, nodeApiHeaders, type UpstreamPackage } from '../native/upstream.js';
import type { BuildOptions } from './events.js';
import { runCommand } from './run_command.js';
import type { TensorFlowFiles } from './tensorflow_files.js';
import type { Workspace } from './workspace.js';

/** What a child process reports of an addon that it loaded and multiplied two matrices with. */
interface SmokeTest {
  readonly version: string;
  readonly product: readonly number[];
  /** The libraries that are loaded once TensorFlow has looked for CUDA's, or null if it is not a CUDA build. */
  readonly libraries: readonly string[] | null;
}

/** What TensorFlow looks for before it uses a GPU. */
const CUDA_LIBRARIES = ['cudart', 'cublas', 'cublasLt', 'cufft', 'cusolver', 'cusparse', 'cudnn'];

async function smokeTest(addon: string, signal: AbortSignal | undefined): Promise<SmokeTest> {
  const env = quietEnvironment({ ...process.env, NODE_OPTIONS: '' });
  const output = await runCommand(process.execPath, [join(nativeSources, 'smoke_test.cjs'), addon], {
    env,
    signal,
  });
  const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as SmokeTest;
  if (result.product.join() !== '7,10,15,22')
    throw new Error(`a matrix product came out as ${result.product}`);
  return result;
}

/**
 * Compiles the addon against a copy of TensorFlow, tries it in a process of its own and puts it into the cache.
 *
 * @throws Error if the addon cannot be compiled or does not work.
 */
export async function buildAddon(
  variant: Variant,
  upstream: UpstreamPackage,
  tensorflow: TensorFlowFiles,
  workspace: Workspace,
  { compiler, replace, report, signal }: BuildOptions,
): Promise<InstalledAddon> {
  const directory = await workspace.temporary('addon');
  const path = join(directory, ADDON_FILE);
  const place = addonDirectory(variant, upstream);
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const libraries = [
    ...new Set([...tensorflow.libraries, ...tensorflow.strayLibraries].map((library) => dirname(library))),
  ];
  // Run-time paths inside the cache are relative, so that the cache can be moved. It is tried under its temporary
  // name, which lies beside the final one.
  const searched = libraries.map((library) => {
    const portable = portablePath(library, place, nativeDirectory());
    return portable === library ? library : `${origin}/${portable}`;
  });
  const [program, ...flags] = compiler.command;
  const args = [
    ...flags,
    '-shared',
    '-fPIC',
    '-O3',
    '-fno-math-errno',
    '-fno-trapping-math',
    '-std=c++17',
    '-DNAPI_VERSION=8',
    '-w',
  ];
  for (const include of [upstream.directory, join(upstream.directory, 'binding'), nodeApiHeaders()]) {
    args.push('-I', include);
  }
  args.push('-I', tensorflow.include, join(nativeSources, 'chui.cc'), '-o', path, ...tensorflow.libraries);
  if (tensorflow.strayLibraries.length > 0) {
    args.push('-Xlinker', '--no-as-needed', ...tensorflow.strayLibraries);
  }
  for (const library of searched) args.push('-Xlinker', '-rpath', '-Xlinker', library);
  if (process.platform === 'darwin') args.push('-undefined', 'dynamic_lookup');
  // TensorFlow's threads go on when a worker thread that loaded it ends: its code has to stay. The addon is initialised
  // before TensorFlow, to quiet it.
  else for (const flag of ['nodelete', 'initfirst']) args.push('-Xlinker', '-z', '-Xlinker', flag);
  report({ stage: 'compile', message: `compiling the addon with ${compiler.version}` });
  await runCommand(program, args, { env: { ...process.env, TMPDIR: directory }, signal });

  report({ stage: 'test', message: 'testing the addon' });
  const { version, libraries: loaded } = await smokeTest(path, signal);
  if (variant === 'gpu') {
    if (!loaded) throw new Error(`${tensorflow.directory} is not a CUDA build`);
    const missing = CUDA_LIBRARIES.filter((name) => !loaded.includes(name));
    if (missing.length > 0)
      throw new Error(`TensorFlow does not find CUDA's libraries ${missing.join(', ')}`);
  }

  const { source, build } = tensorflow;
  const portable = (file: string): string => portablePath(file, place, nativeDirectory());
  const facts: AddonFacts = {
    variant,
    tensorflow: { version, source, directory: portable(tensorflow.directory), build },
    compiler: compiler.version,
  };
  await writeManifest(directory, [ADDON_FILE, ...tensorflow.libraries.map(portable)], facts);
  await workspace.publish(
    directory,
    place,
    () => !replace && installedAddon(variant, upstream) !== undefined,
  );
  const installed = installedAddon(variant, upstream);
  if (!installed) throw new Error(`${place} was damaged while it was made`);
  return installed;
}
