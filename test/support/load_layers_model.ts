import { io } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';

/** What plain tfjs makes of the files of a LayersModel, as it would fetch them. */
export function loadFromFiles(files: Record<string, string | Uint8Array>): Promise<LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(files['model.json'] as string);
  const weightData = (files['weights.bin'] as Uint8Array).slice().buffer;
  return loadLayersModel(
    io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  );
}
