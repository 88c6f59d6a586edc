import { toFloat16 } from '@chui/hub';
import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Options of `layersModelFiles`. */
export interface LayersModelFilesOptions {
  /**
   * How numbers are saved: `float32` as they are; `float16` in half the size; `uint16` and `uint8` in whole numbers from
   * the least to the largest number of each weight, in half and a quarter of the size. All are float32 again once they are
   * loaded.
   * Default `float32`.
   */
  weights?: WeightForm | undefined;
}

type WeightForm = (typeof forms)[number];

const forms = ['float32', 'float16', 'uint8', 'uint16'] as const;

type Quantization = NonNullable<io.WeightsManifestEntry['quantization']> & { original_dtype: 'float32' };

/**
 * A tf.LayersModel as the files that `tf.loadLayersModel` reads, with weights in TensorFlow.js's own quantization.
 *
 * @returns model.json and weights.bin, by file name
 * @throws RangeError naming the option, or the weight whose numbers cannot be saved so.
 */
export async function layersModelFiles(
  model: LayersModel,
  { weights = 'float32' }: LayersModelFilesOptions = {},
): Promise<Record<string, string | Uint8Array>> {
  if (!forms.includes(weights)) {
    throw new RangeError(`weights must be one of ${forms.join(', ')}, but is ${JSON.stringify(weights)}`);
  }
  let saved: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy } = saved!;
  const written = quantized(weightSpecs!, io.CompositeArrayBuffer.join(weightData), weights);
  const weightsManifest = [{ paths: ['weights.bin'], weights: written.specs }];
  return {
    'weights.bin': written.data,
    'model.json': JSON.stringify({ modelTopology, format, generatedBy, convertedBy, weightsManifest }),
  };
}

/** Weights that lie one behind the other, in another form; what is no float32 stays. */
function quantized(
  specs: readonly io.WeightsManifestEntry[],
  data: ArrayBuffer,
  form: WeightForm,
): { specs: io.WeightsManifestEntry[]; data: Uint8Array } {
  if (form === 'float32') return { specs: [...specs], data: new Uint8Array(data) };
  const parts: Uint8Array[] = [];
  let position = 0;
  const entries = specs.map((spec) => {
    const length = spec.shape.reduce((product, side) => product * side, 1);
    const bytes = length * (spec.dtype === 'bool' ? 1 : 4);
    const own = data.slice(position, position + bytes);
    position += bytes;
    if (spec.dtype !== 'float32') {
      parts.push(new Uint8Array(own));
      return spec;
    }
    const { values, quantization } = quantizedValues(spec.name, new Float32Array(own), form);
    parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return { ...spec, quantization };
  });
  return {
    specs: entries,
    data: new Uint8Array(io.CompositeArrayBuffer.join(parts.map((part) => part.slice().buffer))),
  };
}

function quantizedValues(
  name: string,
  values: Float32Array,
  form: Exclude<WeightForm, 'float32'>,
): { values: Uint8Array | Uint16Array; quantization: Quantization } {
  const original = { original_dtype: 'float32' } as const;
  if (form === 'float16') {
    return { values: toFloat16(values), quantization: { dtype: form, ...original } };
  }
  const top = form === 'uint8' ? 2 ** 8 - 1 : 2 ** 16 - 1;
  const { scale, min } = gridOf(name, values, top);
  const whole = form === 'uint8' ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    whole[i] = Math.max(0, Math.min(top, Math.round((values[i]! - min) / scale)));
  }
  return { values: whole, quantization: { dtype: form, scale, min, ...original } };
}

/**
 * The grid min + n · scale, n = 0 … top, from the least to the largest number, moved so that 0 lies on it where it is
 * between them: padding stays exactly 0.
 *
 * @see tensorflowjs/write_weights and quantization.py of TensorFlow.js's converter, whose rule this is
 */
function gridOf(name: string, values: Float32Array, top: number): { scale: number; min: number } {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value))
      throw new RangeError(`${name} must be finite to be saved in whole numbers, but has ${value}`);
    least = Math.min(least, value);
    largest = Math.max(largest, value);
  }
  if (values.length === 0) return { scale: 1, min: 0 };
  if (least === largest) return { scale: 1, min: least };
  const scale = (largest - least) / top;
  const min = least <= 0 && largest >= 0 ? -Math.round(-least / scale) * scale : least;
  return { scale, min };
}
