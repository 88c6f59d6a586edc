import { type Tensor, tensor, tidy, Variable } from '@tensorflow/tfjs-core';
import type { CheckpointTensors } from './checkpoint.js';
import type { TrainerOptimizer } from './optimizer.js';
import type { ParameterNames } from './parameter_names.js';

/** A copy of variables' values in JavaScript's memory, by name, where no optimizer writes into it. */
export async function variableTensors(
  named: Iterable<readonly [name: string, variable: Variable]>,
): Promise<CheckpointTensors> {
  const tensors = new Map<string, { shape: number[]; values: Float32Array | Int32Array }>();
  for (const [name, variable] of named) {
    const values =
      variable.dtype === 'int32' ? await variable.data<'int32'>() : await variable.data<'float32'>();
    tensors.set(name, { shape: variable.shape, values: values.slice() });
  }
  return tensors;
}

/**
 * Gives variables the values of `variableTensors`.
 *
 * @throws Error naming what is missing or of another shape; nothing has changed then.
 */
export function restoreVariables(
  named: readonly (readonly [name: string, variable: Variable])[],
  tensors: CheckpointTensors,
): void {
  for (const [name, { shape }] of named) {
    const found = tensors.get(name);
    if (!found) throw new Error(`the checkpoint must be of the same model, but has no ${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new Error(
        `the checkpoint must be of the same model, but its ${name} has the shape [${found.shape}], not [${shape}]`,
      );
    }
  }
  tidy(() => {
    for (const [name, variable] of named) {
      variable.assign(tensor(tensors.get(name)!.values.slice(), variable.shape, variable.dtype));
    }
  });
}

/** The state of an optimizer, whose names begin with those of parameters. */
export async function optimizerTensors(
  optimizer: TrainerOptimizer,
  names: ParameterNames,
): Promise<CheckpointTensors> {
  if (!optimizer.getWeights || !optimizer.setWeights) {
    throw new TypeError('optimizer must have getWeights and setWeights for checkpoints');
  }
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  for (const { name, tensor } of await optimizer.getWeights()) {
    const [variable, rest] = parted(name);
    const portable = rest === undefined ? name : `${names.of(variable)}/${rest}`;
    tensors.set(portable, { shape: tensor.shape, values: (await tensor.data<'float32'>()).slice() });
    // tfjs's own optimizers give what they keep, not copies.
    if (!(tensor instanceof Variable)) tensor.dispose();
  }
  return tensors;
}

/** Gives an optimizer the state of `optimizerTensors`. */
export async function restoreOptimizer(
  optimizer: TrainerOptimizer,
  names: ParameterNames,
  tensors: CheckpointTensors,
): Promise<void> {
  const variables = new Map(names.all.map(([name, variable]) => [name, variable.name]));
  const state: { name: string; tensor: Tensor }[] = [];
  for (const [name, { shape, values }] of tensors) {
    const [parameter, rest] = parted(name);
    const own = rest === undefined ? name : `${variables.get(parameter) ?? parameter}/${rest}`;
    state.push({ name: own, tensor: tensor(values.slice(), [...shape], 'float32') });
  }
  await optimizer.setWeights?.(state);
  for (const each of state) each.tensor.dispose();
}

/** What is kept stands behind the last slash. */
function parted(name: string): [owner: string, kept: string | undefined] {
  const at = name.lastIndexOf('/');
  return at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
}
