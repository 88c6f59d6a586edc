import type { CheckpointTensors } from './checkpoint.js';

/**
 * The mean of parameters of several checkpoints, element by element, computed in float64.
 *
 * @throws RangeError if there is none, or they are not of the same model, naming the parameter.
 * @see Vaswani et al. (2017), section 6.1, https://arxiv.org/abs/1706.03762; fairseq's average_checkpoints.py
 */
export function averageTensors(checkpoints: readonly CheckpointTensors[]): CheckpointTensors {
  const [first, ...others] = checkpoints;
  if (!first) throw new RangeError('checkpoints must not be empty');
  return new Map(
    [...first].map(([name, { shape, values }]) => {
      const all = [values, ...others.map((other) => valuesOf(other, name, shape))];
      const mean = (_: number, place: number) =>
        all.reduce((sum, each) => sum + each[place]!, 0) / all.length;
      return [name, { shape, values: Float32Array.from(values, mean) }];
    }),
  );
}

function valuesOf(tensors: CheckpointTensors, name: string, shape: readonly number[]) {
  const found = tensors.get(name);
  if (found?.shape.join() !== shape.join()) {
    const has = found ? `has the shape [${found.shape}], not [${shape}]` : 'is missing in one';
    throw new RangeError(`checkpoints must be of one model, but ${name} ${has}`);
  }
  return found.values;
}
