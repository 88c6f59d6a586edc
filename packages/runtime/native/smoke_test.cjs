// smoke_test.cjs ADDON: loads the addon, multiplies two matrices and prints what it found, as JSON. It runs in a
// process of its own, since a binding that does not fit its TensorFlow may take the process down.

const { readFileSync } = require('node:fs');
const binding = require(process.argv[2]);

const matrix = () => binding.createTensor([2, 2], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
const attributes = [
  { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
  { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
  { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
];
const [result] = binding.executeOp('MatMul', attributes, [matrix(), matrix()], 1);

// The libraries that are loaded once TensorFlow has looked for CUDA's, or null where it is not a CUDA build.
let libraries = null;
if (Buffer.from(binding.chui.registeredKernels('MatMul')).includes('GPU')) {
  binding.chui.openCudaLibraries();
  const names = readFileSync('/proc/self/maps', 'utf8').matchAll(/\/lib(\w+)\.so/g);
  libraries = [...new Set(Array.from(names, ([, name]) => name))];
}

const product = Array.from(binding.tensorDataSync(result.id));
console.log(JSON.stringify({ version: binding.TF_Version, product, libraries }));
