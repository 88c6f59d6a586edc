import { registerHostKernel } from './host_kernel.js';

registerHostKernel<'logits' | 'labels'>('SparseSoftmaxCrossEntropy', ({ logits, labels }) => {
  const [rows, classes] = logits.shape as [number, number];
  const losses = new Float32Array(rows);
  const gradient = new Float32Array(rows * classes); // softmax, less 1 at the label
  for (let row = 0, first = 0; row < rows; row++, first += classes) {
    const label = labels.values[row]!;
    if (label < 0 || label >= classes) {
      throw new RangeError(`labels must be from 0 to ${classes - 1}, but one is ${label}`);
    }
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = first; at < first + classes; at++) largest = Math.max(largest, logits.values[at]!);
    let total = 0;
    for (let at = first; at < first + classes; at++) {
      const power = Math.exp(logits.values[at]! - largest);
      gradient[at] = power;
      total += power;
    }
    for (let at = first; at < first + classes; at++) gradient[at]! /= total;
    gradient[first + label]! -= 1;
    losses[row] = Math.log(total) + largest - logits.values[first + label]!;
  }
  return [
    { shape: [rows], dtype: 'float32', values: losses },
    { shape: logits.shape, dtype: 'float32', values: gradient },
  ];
});
