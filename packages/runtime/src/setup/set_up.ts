import type { NativeBinding } from '../native/binding.js';
import { currentBinding } from '../native/binding_choice.js';
import {
  type InstalledAddon,
  installedAddon,
  nativeDirectory,
  platform,
  type TensorFlowSource,
  type Variant,
} from '../native/installed.js';
import { quietEnvironment } from '../native/quiet.js';
import { upstreamPackages } from '../native/upstream.js';
import { buildAddon } from './addon.js';
import { findCompiler } from './compiler.js';
import type { BuildOptions, Report } from './events.js';
import { findPythons } from './python.js';
import { type TensorFlowFiles, tensorFlowFiles } from './tensorflow_files.js';
import { fetchWheel, unpackedWheel } from './wheel.js';
import { Workspace } from './workspace.js';

export interface SetUpOptions {
  /** Take the CUDA build of TensorFlow and CUDA's libraries; without a GPU they run on the CPU. Default false. */
  readonly gpu?: boolean;
  /** Build again even if an earlier set-up is good. Default false. */
  readonly force?: boolean;
  /** Told what happens. Default: nobody is. */
  readonly report?: Report;
  /** Ends the set-up early; what it has made so far is removed. */
  readonly signal?: AbortSignal;
}

export interface SetUpResult {
  /** TensorFlow's version, and where it came from; `upstream` is upstream's own binary, which is kept as it is. */
  readonly tensorflow: { readonly version: string; readonly source: TensorFlowSource | 'upstream' };
  readonly variant: Variant;
  /** Path of the binding. */
  readonly path: string;
  /** Whether all was ready, and nothing had to be made. */
  readonly reused: boolean;
}

const resultOf = ({ tensorflow, variant, path }: InstalledAddon, reused: boolean): SetUpResult => ({
  tensorflow: { version: tensorflow.version, source: tensorflow.source },
  variant,
  path,
  reused,
});

/** Upstream's own binary, if it is there, works, and is what is wanted. */
function workingUpstream(gpu: boolean): SetUpResult | undefined {
  quietEnvironment(process.env);
  const choice = currentBinding();
  if (choice.kind !== 'upstream') return undefined;
  const { TF_Version: version } = choice.upstream.require(choice.path) as NativeBinding;
  const variant = choice.upstream.name === '@tensorflow/tfjs-node-gpu' ? 'gpu' : 'cpu';
  if (gpu && variant !== 'gpu') return undefined;
  return { tensorflow: { version, source: 'upstream' }, variant, path: choice.path, reused: true };
}

type Source = readonly [name: string, find: () => Promise<TensorFlowFiles | undefined>];

function sourcesOf(variant: Variant, workspace: Workspace, options: BuildOptions): Source[] {
  return [
    ['the earlier set-up', async () => (options.replace ? undefined : unpackedWheel(variant))],
    [
      '$CHUI_TENSORFLOW_DIR',
      async () => {
        const folder = process.env.CHUI_TENSORFLOW_DIR;
        return folder ? tensorFlowFiles(folder, 'directory') : undefined;
      },
    ],
    [
      "Python's tensorflow",
      async () => {
        const folder = (await findPythons(options.signal)).find(({ tensorflow }) => tensorflow)?.tensorflow;
        return folder ? tensorFlowFiles(folder, 'python') : undefined;
      },
    ],
    ['the pinned wheel', () => fetchWheel(variant, workspace, options)],
  ];
}

/**
 * Makes the native backend ready: finds or fetches TensorFlow, compiles the addon, tries it and keeps it in the user's
 * cache directory. A binary of upstream's that works is kept. Nothing half-made is ever left where it would be loaded;
 * a second call does next to nothing.
 *
 * @throws Error in one line saying that there is no C++ compiler, or why each source of TensorFlow cannot be used.
 */
export async function setUp(options: SetUpOptions = {}): Promise<SetUpResult> {
  const { gpu = false, force = false, report = () => {}, signal } = options;
  const variant: Variant = gpu ? 'gpu' : 'cpu';
  const upstream = upstreamPackages()[0];
  if (!upstream) throw new Error('@tensorflow/tfjs-node is not installed in this project');
  const kept = force ? undefined : workingUpstream(gpu);
  if (kept) return kept;
  if (process.platform === 'win32') {
    throw new Error(
      `the native backend cannot be set up on ${platform}: install upstream's binary, or use WASM`,
    );
  }
  const earlier = force ? undefined : installedAddon(variant, upstream);
  if (earlier) return resultOf(earlier, true);

  const workspace = await Workspace.open(nativeDirectory(), report, signal);
  try {
    const meanwhile = force ? undefined : installedAddon(variant, upstream);
    if (meanwhile) return resultOf(meanwhile, true);
    const building = { compiler: await findCompiler(signal), replace: force, report, signal };
    const reasons: string[] = [];
    for (const [name, find] of sourcesOf(variant, workspace, building)) {
      try {
        const tensorflow = await find();
        if (!tensorflow) continue;
        report({ stage: 'search', message: `using TensorFlow of ${name}: ${tensorflow.directory}` });
        return resultOf(await buildAddon(variant, upstream, tensorflow, workspace, building), false);
      } catch (error) {
        signal?.throwIfAborted();
        const reason = `${name} cannot be used: ${error instanceof Error ? error.message : error}`;
        reasons.push(reason);
        report({ stage: 'note', message: reason });
      }
    }
    throw new Error(`the native backend cannot be set up: ${reasons.join('; ')}`);
  } finally {
    await workspace.close();
  }
}
