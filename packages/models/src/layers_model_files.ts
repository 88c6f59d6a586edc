import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * A tf.LayersModel as the files that `tf.loadLayersModel` reads.
 *
 * @returns model.json and weights.bin, by file name
 */
export async function layersModelFiles(model: LayersModel): Promise<Record<string, string | Uint8Array>> {
  let saved: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy } = saved!;
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  return {
    'weights.bin': new Uint8Array(io.CompositeArrayBuffer.join(weightData)),
    'model.json': JSON.stringify({ modelTopology, format, generatedBy, convertedBy, weightsManifest }),
  };
}
