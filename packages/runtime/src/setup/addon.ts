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
import type { Report } from './events.js';
import { CommandError, runCommand } from './run_command.js';
import type { TensorFlowFiles } from './tensorflow_files.js';
import type { Workspace } from './workspace.js';

interface Compiler {
  readonly command: readonly [string, ...string[]];
  readonly version: string;
}

/** The C++ compiler: `$CXX`, else the first of c++, g++ and clang++ that runs. */
async function findCompiler(signal?: AbortSignal): Promise<Compiler> {
  const wanted = process.env.CXX?.trim().split(/\s+/) ?? [];
  const candidates = [wanted, ['c++'], ['g++'], ['clang++']];
  for (const [program, ...options] of candidates) {
    if (!program) continue;
    try {
      const output = await runCommand(program, [...options, '--version'], { signal });
      return { command: [program, ...options], version: output.split('\n')[0]?.trim() ?? program };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
  throw new Error('there is no C++ compiler: none of $CXX, c++, g++, clang++ runs');
}

/** What a child process reports of an addon that it loaded and multiplied two matrices with. */
interface SmokeTest {
  readonly version: string;
  readonly product: readonly number[];
  readonly cuda: boolean;
}

const SMOKE_TEST = `
  const binding = require(process.argv[1]);
  const matrix = () => binding.createTensor([2, 2], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
  const attributes = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
    { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
  ];
  const [result] = binding.executeOp('MatMul', attributes, [matrix(), matrix()], 1);
  console.log(JSON.stringify({
    version: binding.TF_Version,
    product: Array.from(binding.tensorDataSync(result.id)),
    cuda: Buffer.from(binding.chui.registeredKernels('MatMul')).includes('GPU'),
  }));`;

async function smokeTest(addon: string, signal: AbortSignal | undefined): Promise<SmokeTest> {
  const env = quietEnvironment({ ...process.env, NODE_OPTIONS: '' });
  const output = await runCommand(process.execPath, ['-e', SMOKE_TEST, addon], { env, signal });
  const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as SmokeTest;
  if (result.product.join() !== '7,10,15,22')
    throw new Error(`a matrix product came out as ${result.product}`);
  return result;
}

/**
 * Compiles the addon against a copy of TensorFlow, tries it in a process of its own and puts it into the cache.
 *
 * @throws Error if there is no compiler, or the addon cannot be compiled or does not work.
 */
export async function buildAddon(
  variant: Variant,
  upstream: UpstreamPackage,
  tensorflow: TensorFlowFiles,
  workspace: Workspace,
  options: { readonly replace: boolean; readonly report: Report; readonly signal?: AbortSignal | undefined },
): Promise<InstalledAddon> {
  const { replace, report, signal } = options;
  const { command, version: compiler } = await findCompiler(signal);
  const directory = await workspace.temporary('addon');
  const path = join(directory, ADDON_FILE);
  const place = addonDirectory(variant, upstream);
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const libraries = [...new Set(tensorflow.libraries.map((library) => dirname(library)))];
  // Run-time paths inside the cache are relative, so that the cache can be moved. It is tried under its temporary
  // name, which lies beside the final one.
  const searched = libraries.map((library) => {
    const portable = portablePath(library, place, nativeDirectory());
    return portable === library ? library : `${origin}/${portable}`;
  });
  const [program, ...flags] = command;
  const args = [...flags, '-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8', '-w'];
  for (const include of [upstream.directory, join(upstream.directory, 'binding'), nodeApiHeaders()]) {
    args.push('-I', include);
  }
  args.push('-I', tensorflow.include, join(nativeSources, 'chui.cc'), '-o', path, ...tensorflow.libraries);
  for (const library of searched) args.push('-Xlinker', '-rpath', '-Xlinker', library);
  if (process.platform === 'darwin') args.push('-undefined', 'dynamic_lookup');
  report({ stage: 'compile', message: `compiling the addon with ${compiler}` });
  await runCommand(program, args, { env: { ...process.env, TMPDIR: directory }, signal });

  report({ stage: 'test', message: 'testing the addon' });
  const { version, cuda } = await smokeTest(path, signal);
  if (variant === 'gpu' && !cuda) throw new Error(`${tensorflow.directory} is not a CUDA build`);

  const { source, build } = tensorflow;
  const portable = (file: string): string => portablePath(file, place, nativeDirectory());
  const facts: AddonFacts = {
    variant,
    tensorflow: { version, source, directory: portable(tensorflow.directory), build },
    compiler,
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
