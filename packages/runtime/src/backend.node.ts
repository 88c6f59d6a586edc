import { setBackend, Tensor } from '@tensorflow/tfjs-core';
import { type BackendInfo, type BackendName, type BackendOptions, checkOptions, loaders } from './backend.js';
import { compiledPrograms } from './jit/state.js';
import { gatherWithoutReading } from './kernels/native/gather.js';
import { ownMatMul } from './kernels/native/mat_mul.js';
import { softmaxInOnePass } from './kernels/native/softmax.js';
import { shareViews } from './kernels/native/views.js';
import { nativeBinding } from './native/binding.js';
import { chooseBinding } from './native/binding_choice.js';
import {
  compiledProgramsDirectory,
  forgetCompiledPrograms,
  keepingCompiledPrograms,
} from './native/compiled_programs.js';
import { registerBinding } from './native/register_binding.js';
import { nativeThreads } from './native/threads.js';
import { upstreamPackages } from './native/upstream.js';

/** Loads the native backend, whose binding must be set up. */
async function useNative({ threads }: BackendOptions): Promise<BackendInfo> {
  const { CHUI_THREADS: wish } = process.env;
  if (wish !== undefined && !/^[1-9]\d*$/.test(wish)) {
    throw new RangeError(`CHUI_THREADS must be an integer from 1, but is ${wish}`);
  }
  const loaded = nativeBinding();
  if (!loaded && threads) process.env.CHUI_THREADS = String(threads);
  if (loaded?.chui && threads && nativeThreads(loaded) !== threads) {
    throw new Error(`threads must be chosen before the native backend is loaded, but is ${threads} now`);
  }
  registerBinding();
  const upstream = upstreamPackages()[0];
  if (!upstream) throw new Error('@tensorflow/tfjs-node is not installed in this project');
  const load = () => upstream.require(upstream.name) as { Tensor: typeof Tensor };
  const choice = chooseBinding(upstream);
  let tensorflow: { Tensor: typeof Tensor };
  if (choice.kind === 'chui') {
    const directory = compiledProgramsDirectory(choice.addon.tensorflow.version);
    compiledPrograms.forget = () => forgetCompiledPrograms(directory);
    tensorflow = keepingCompiledPrograms(directory, load);
  } else {
    tensorflow = load();
  }
  if (tensorflow.Tensor !== Tensor) {
    throw new Error(
      `two copies of @tensorflow/tfjs-core are installed: ${upstream.directory} uses another than @chui/runtime`,
    );
  }
  shareViews();
  gatherWithoutReading();
  ownMatMul();
  softmaxInOnePass();
  await setBackend('tensorflow');
  return { backend: 'native', device: nativeBinding()?.isUsingGpuDevice() ? 'gpu' : 'cpu' };
}

let warned = false;

/**
 * Loads a backend of TensorFlow.js and uses it from now on. `auto` is the native backend if it is set up or upstream's
 * binary works, else WASM; what is missing is then said in one warning, and in the result.
 *
 * @throws Error if the backend does not work here: `native` if it is not set up, `webgpu` and `webgl` always.
 */
export async function useBackend(
  name: BackendName | 'auto' = 'auto',
  options: BackendOptions = {},
): Promise<BackendInfo> {
  checkOptions(options);
  switch (name) {
    case 'webgpu':
    case 'webgl':
      throw new Error(`the backend '${name}' needs a browser`);
    case 'native':
      return useNative(options);
    case 'auto':
      try {
        return await useNative(options);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!warned)
          console.warn(`chui runs on WASM, which is much slower than native TensorFlow: ${reason}`);
        warned = true;
        return { ...(await loaders.wasm(options)), reason };
      }
    default:
      return loaders[name](options);
  }
}
