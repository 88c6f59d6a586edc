import '@chui/layers';
import { loadLayersModel, setBackend, type Tensor, tensor2d } from '@tensorflow/tfjs';

declare global {
  interface Window {
    predict: typeof predict;
  }
}

/** Loads a model.json as any user of TensorFlow.js would, and runs it on rows of ids. */
async function predict(url: string, inputs: number[][][], backend: string): Promise<number[]> {
  await setBackend(backend);
  const model = await loadLayersModel(url);
  const output = model.predict(inputs.map((rows) => tensor2d(rows, undefined, 'int32'))) as Tensor;
  return Array.from(await output.data());
}

window.predict = predict;
