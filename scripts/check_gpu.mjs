// npm run check-gpu: sets up the CUDA build and checks all that can be checked of it on this machine. On a machine with
// an NVIDIA GPU it also computes and trains there, and compares with the CPU. Prints a report; exits with 1 if
// anything failed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const STEPS = 20;

/** Sizes of the matrices that are multiplied: beyond one block of a GPU, and not a power of two. */
const MATRIX = 1111;

/** Most that the GPU may differ from the CPU, as a share: float32, with sums in another order. */
const TOLERANCE = 1e-3;

const rnn = { vocabSize: 40, decoderVocabSize: 30, embeddingSize: 32, hiddenSize: 32, dropout: 0.1 };
const transformer = { vocabSize: 40, decoderVocabSize: 30, dModel: 32, encoderFfnDim: 64, decoderFfnDim: 64 };

/** Configurations that together use every layer of the models. */
const configurations = [
  ...['none', 'additive', 'general', 'dot', 'scaledDot', 'projectedDot', 'multiHead'].map((attention) => [
    `RnnSeq2Seq, attention ${attention}`,
    'RnnSeq2Seq',
    { ...rnn, attention },
  ]),
  ...['bahdanau', 'context'].map((decoder) => [
    `RnnSeq2Seq, decoder ${decoder}`,
    'RnnSeq2Seq',
    { ...rnn, decoder },
  ]),
  ['TransformerSeq2Seq', 'TransformerSeq2Seq', transformer],
  [
    'TransformerSeq2Seq, pre-norm, GELU, learned positions',
    'TransformerSeq2Seq',
    { ...transformer, normFirst: true, activationFunction: 'gelu', positions: 'learned' },
  ],
];

const inputIds = [
  [5, 6, 7, 8, 9, 3],
  [9, 4, 6, 3, 0, 0],
  [7, 7, 8, 5, 3, 0],
];
const labels = [
  [4, 5, 6, 3],
  [8, 9, 3, -100],
  [5, 5, 3, -100],
];

/** What a child process computes with the device that it sees: a matrix product, and the losses of every model. */
async function compute() {
  const { models, runtime, tf } = await load();
  const { device } = await runtime.useBackend('native');
  const [a, b] = [1, 2].map((seed) => tf.randomUniform([MATRIX, MATRIX], -1, 1, 'float32', seed));
  const product = Array.from((await tf.matMul(a, b).data()).subarray(0, MATRIX));
  const results = { device, values: { [`product of ${MATRIX} × ${MATRIX} matrices`]: product }, seconds: {} };
  for (const [name, architecture, config] of configurations) {
    // Dropout draws other numbers on another device.
    const model = models[architecture].fromConfig({ ...config, dropout: 0 }, { seed: 1 });
    const started = performance.now();
    results.values[`losses of ${STEPS} steps, ${name}`] = train(model, runtime, tf, STEPS);
    results.seconds[name] = (performance.now() - started) / 1000;
  }
  return results;
}

/** Trains a model for some steps and gives the loss of each. */
function train(model, runtime, tf, steps) {
  const optimizer = runtime.adamW({ learningRate: 1e-2, clipNorm: 1 });
  return Array.from({ length: steps }, () =>
    tf.tidy(() => {
      const loss = () => model.forward({ inputIds, labels }, { training: true }).loss;
      return optimizer.minimize(loss, true, model.trainableVariables()).dataSync()[0];
    }),
  );
}

async function load() {
  const require = createRequire(new URL('../packages/models/package.json', import.meta.url));
  const [models, runtime, tf] = await Promise.all([
    import('@chui/models'),
    import('@chui/runtime'),
    import(require.resolve('@tensorflow/tfjs-core')),
  ]);
  return { models, runtime, tf };
}

const failures = [];
function report(state, what, detail = '') {
  if (state === 'FAILED') failures.push(what);
  console.log(`${state.padEnd(10)}${what}${detail && `: ${detail}`}`);
}

/** Runs `compute` in a process of its own, on the GPU or, with none to be seen, on the CPU. */
function computeOn(device) {
  // Without TF32, with which a GPU multiplies floats as if they had 10 bits behind the point.
  const env = {
    ...process.env,
    NVIDIA_TF32_OVERRIDE: '0',
    ...(device === 'cpu' && { CUDA_VISIBLE_DEVICES: '' }),
  };
  const self = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, [self, '--compute'], { env, encoding: 'utf8', maxBuffer: 1e9 });
  if (child.status !== 0)
    throw new Error(child.stderr.trim().split('\n').at(-1) || `ended by ${child.signal}`);
  return JSON.parse(child.stdout.trim().split('\n').at(-1));
}

async function setUpCuda() {
  const { setUp, runtimeInfo } = await import('@chui/runtime/setup');
  let stage = '';
  const tell = (event) => {
    if (event.stage === 'note' || (event.message.split(': ')[0] !== stage && event.fraction === undefined)) {
      stage = event.message.split(': ')[0];
      console.log(`          ${event.message}`);
    }
  };
  const result = await setUp({ gpu: true, report: tell });
  report('ok', 'set-up', `TensorFlow ${result.tensorflow.version} from ${result.tensorflow.source}`);
  const info = runtimeInfo();
  const { cuda, oneDnn, xla, device } = info;
  report(cuda ? 'ok' : 'FAILED', 'built for CUDA', cuda ? `${cuda.version}, cuDNN ${cuda.cudnn}` : 'no');
  report(xla ? 'ok' : 'FAILED', 'XLA is built in');
  report(oneDnn?.builtIn ? 'ok' : 'FAILED', 'oneDNN is built in, for what runs on the CPU');
  return device.type === 'gpu';
}

async function checkLibraries(gpu) {
  const { cudaLibraries } = await import('@chui/runtime/setup');
  const { found, wheels } = cudaLibraries();
  report(
    'ok',
    'TensorFlow finds by itself',
    [...new Set(found.map((path) => basename(path)))].sort().join(', '),
  );
  const needDriver = wheels.filter(({ error }) => error?.includes('libcuda.so.1'));
  const broken = wheels.filter((library) => library.error && !needDriver.includes(library));
  for (const { path, error } of broken) report('FAILED', basename(path), error);
  report(
    broken.length ? 'FAILED' : 'ok',
    `${wheels.length - needDriver.length} libraries of the wheels load`,
  );
  for (const { path, error } of needDriver) report(gpu ? 'FAILED' : 'unchecked', basename(path), error);
}

async function checkKernels() {
  const { models, runtime, tf } = await load();
  await runtime.useBackend('native');
  const uses = await runtime.recordOps(async () => {
    for (const [, architecture, config] of configurations) {
      const model = models[architecture].fromConfig(config, { seed: 1 });
      train(model, runtime, tf, 1);
      await model.generate({ inputIds }, { maxLength: 6 });
      await model.generate(
        { inputIds },
        { maxLength: 6, numBeams: 2, returnDictInGenerate: true, outputAttentions: true },
      );
    }
  });
  const missing = runtime.opsWithoutKernel(runtime.nativeBinding().chui, uses, 'GPU');
  for (const { op, types } of missing) report('FAILED', `no GPU kernel of ${op}`, JSON.stringify(types));
  const ops = new Set(uses.map(({ op }) => op)).size;
  const have = uses.length - missing.length;
  const count = `${have} of the ${uses.length} combinations of op and types`;
  report(
    missing.length ? 'FAILED' : 'ok',
    `GPU kernels for ${count}, of ${ops} ops, that the models train and decode with`,
  );
}

/** The largest difference as a share of the largest value. */
function difference(a, b) {
  const largest = b.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i])), 0) / largest;
}

function compareDevices() {
  const [cpu, gpu] = [computeOn('cpu'), computeOn('gpu')];
  report(gpu.device === 'gpu' ? 'ok' : 'FAILED', 'computes on', gpu.device);
  for (const [name, values] of Object.entries(gpu.values)) {
    const share = difference(values, cpu.values[name]);
    report(share <= TOLERANCE ? 'ok' : 'FAILED', name, `differs from the CPU by ${share.toExponential(1)}`);
  }
  for (const [name, seconds] of Object.entries(gpu.seconds)) {
    console.log(
      `          ${name}: ${seconds.toFixed(2)} s on the GPU, ${cpu.seconds[name].toFixed(2)} s on the CPU`,
    );
  }
}

async function check() {
  execFileSync(
    process.execPath,
    [resolve(root, 'node_modules/typescript/bin/tsc'), '--build', 'packages/models'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  console.log(
    `Node ${process.version}, ${process.platform}-${process.arch}, ${availableParallelism()} cores`,
  );
  const gpu = await setUpCuda();
  await checkLibraries(gpu);
  await checkKernels();
  if (gpu) compareDevices();
  else {
    const cpu = computeOn('cpu');
    report('ok', 'without a GPU it computes on', cpu.device);
    report('unchecked', 'no GPU is found here: products, training, and agreement with the CPU');
  }
  console.log(failures.length ? `\n${failures.length} failed` : '\nnothing failed');
  process.exitCode = failures.length ? 1 : 0;
}

if (process.argv[2] === '--compute') console.log(JSON.stringify(await compute()));
else await check();
