import { registerHostKernel } from './host_kernel.js';

registerHostKernel<'x' | 'gamma' | 'beta'>('LayerNorm', ({ x, gamma, beta }, { epsilon }) => {
  const width = gamma.values.length;
  const rows = width === 0 ? 0 : x.values.length / width;
  const outputs = new Float32Array(x.values.length);
  const means = new Float32Array(rows);
  const scales = new Float32Array(rows); // 1 / standard deviation
  for (let row = 0, first = 0; row < rows; row++, first += width) {
    let mean = 0;
    for (let at = 0; at < width; at++) mean += x.values[first + at]!;
    mean /= width;
    let variance = 0;
    for (let at = 0; at < width; at++) variance += (x.values[first + at]! - mean) ** 2;
    const scale = 1 / Math.sqrt(variance / width + (epsilon as number));
    means[row] = mean;
    scales[row] = scale;
    for (let at = 0; at < width; at++) {
      outputs[first + at] = (x.values[first + at]! - mean) * scale * gamma.values[at]! + beta.values[at]!;
    }
  }
  return [
    { shape: x.shape, dtype: 'float32', values: outputs },
    { shape: x.shape.slice(0, -1), dtype: 'float32', values: means },
    { shape: x.shape.slice(0, -1), dtype: 'float32', values: scales },
  ];
});

registerHostKernel<'dy' | 'x' | 'mean' | 'scale' | 'gamma'>(
  'LayerNormGrad',
  ({ dy, x, mean: means, scale: scales, gamma }) => {
    const width = gamma.values.length;
    const dx = new Float32Array(dy.values.length);
    const dGamma = new Float32Array(width);
    const dBeta = new Float32Array(width);
    for (let row = 0, first = 0; row < scales.values.length; row++, first += width) {
      const [centre, scale] = [means.values[row]!, scales.values[row]!];
      let mean = 0;
      let projection = 0;
      for (let at = 0; at < width; at++) {
        const upstream = dy.values[first + at]!;
        const value = (x.values[first + at]! - centre) * scale;
        mean += upstream * gamma.values[at]!;
        projection += upstream * gamma.values[at]! * value;
        dGamma[at]! += upstream * value;
        dBeta[at]! += upstream;
      }
      mean /= width;
      projection /= width;
      for (let at = 0; at < width; at++) {
        const upstream = dy.values[first + at]! * gamma.values[at]!;
        const value = (x.values[first + at]! - centre) * scale;
        dx[first + at] = scale * (upstream - mean - value * projection);
      }
    }
    return [
      { shape: dy.shape, dtype: 'float32', values: dx },
      { shape: gamma.shape, dtype: 'float32', values: dGamma },
      { shape: gamma.shape, dtype: 'float32', values: dBeta },
    ];
  },
);
