import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { NativeBinding, NativeDevice } from './native/binding.js';
import { currentBinding } from './native/binding_choice.js';
import { type InstalledAddon, platform, type TensorFlowSource, type Variant } from './native/installed.js';
import { registeredKernels } from './native/kernels.js';
import { quietEnvironment } from './native/quiet.js';
import { nativeThreads } from './native/threads.js';

/** What chui computes with here. It can be written as JSON; null stands for what is absent, or not known. */
export interface RuntimeInfo {
  readonly backend: 'native' | 'wasm';
  /** Why the backend is not the native one. */
  readonly reason: string | null;
  readonly device: { readonly type: 'cpu' | 'gpu'; readonly all: readonly NativeDevice[] | null };
  readonly tensorflow: {
    readonly version: string;
    /** Where it came from: the pinned wheel, Python's package, $CHUI_TENSORFLOW_DIR, or upstream's own binary. */
    readonly source: TensorFlowSource | 'upstream';
    readonly directory: string;
    readonly variant: Variant | null;
  } | null;
  readonly addon: { readonly path: string; readonly compiler: string | null } | null;
  /** Whether TensorFlow was built with oneDNN, and whether `TF_ENABLE_ONEDNN_OPTS` leaves it on. */
  readonly oneDnn: { readonly builtIn: boolean; readonly enabled: boolean } | null;
  /** Whether the device multiplies bfloat16; where not, such products are computed in float32. */
  readonly bfloat16: boolean | null;
  /** Whether TensorFlow was built with XLA. */
  readonly xla: boolean | null;
  /** The CUDA that TensorFlow was built for, and its libraries beside it. */
  readonly cuda: {
    readonly version: string | null;
    readonly cudnn: string | null;
    readonly libraries: string | null;
  } | null;
  /** How many threads compute one op, and where that number comes from. */
  readonly threads: { readonly count: number; readonly source: 'CHUI_THREADS' | 'cores' | 'wasm' };
  readonly node: { readonly version: string; readonly executable: string };
  readonly platform: string;
}

const node = { version: process.version, executable: process.execPath };

/** oneDNN's own kernels for matrix products carry this name in every build that has them. */
function oneDnn(binding: NativeBinding): RuntimeInfo['oneDnn'] {
  if (!binding.chui) return null;
  const builtIn = registeredKernels(binding.chui, '_MklNativeFusedMatMul').length > 0;
  const wish = process.env.TF_ENABLE_ONEDNN_OPTS;
  return { builtIn, enabled: builtIn && wish !== '0' && wish !== 'false' };
}

function cuda(addon: InstalledAddon, directory: string): RuntimeInfo['cuda'] {
  const { cuda_version: version, cudnn_version: cudnn } = addon.tensorflow.build;
  if (!version) return null;
  const beside = join(directory, '..', 'nvidia');
  const libraries = existsSync(beside) && readdirSync(beside).length > 0 ? beside : null;
  return { version, cudnn: cudnn ?? null, libraries };
}

/** Looks up what `useBackend('auto')` would use now, and where each part of it came from. */
export function runtimeInfo(): RuntimeInfo {
  quietEnvironment(process.env);
  const choice = currentBinding();
  if (choice.kind === 'none') {
    return {
      backend: 'wasm',
      reason: choice.reason,
      device: { type: 'cpu', all: null },
      tensorflow: null,
      addon: null,
      oneDnn: null,
      bfloat16: null,
      xla: null,
      cuda: null,
      threads: { count: 1, source: 'wasm' },
      node,
      platform,
    };
  }
  const binding = createRequire(import.meta.url)(choice.path) as NativeBinding;
  const addon = choice.kind === 'chui' ? choice.addon : undefined;
  const directory = addon ? resolve(dirname(addon.path), addon.tensorflow.directory) : dirname(choice.path);
  return {
    backend: 'native',
    reason: null,
    device: {
      type: binding.isUsingGpuDevice() ? 'gpu' : 'cpu',
      all: binding.chui?.devices() ?? null,
    },
    tensorflow: {
      version: binding.TF_Version,
      source: addon?.tensorflow.source ?? 'upstream',
      directory,
      variant: addon?.variant ?? null,
    },
    addon: { path: choice.path, compiler: addon?.compiler ?? null },
    oneDnn: oneDnn(binding),
    bfloat16: binding.chui ? binding.isUsingGpuDevice() || binding.chui.multipliesBfloat16 : null,
    xla: binding.chui ? registeredKernels(binding.chui, 'XlaLaunch').length > 0 : null,
    cuda: addon ? cuda(addon, directory) : null,
    threads: { count: nativeThreads(binding), source: binding.chui?.threads ? 'CHUI_THREADS' : 'cores' },
    node,
    platform,
  };
}
