import { type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Checkpoint } from './checkpoint.js';
import type { TrainerOptimizer } from './optimizer.js';
import { Weights } from './weights.js';

type Tensors = Checkpoint['tensors'];

/** The values of a model's variables and of its optimizer's state, as a checkpoint names them. */
export async function stateTensors(
  variables: readonly Variable[],
  optimizer: TrainerOptimizer,
  best: Weights | undefined,
): Promise<Tensors> {
  if (!optimizer.getWeights || !optimizer.setWeights) {
    throw new TypeError('optimizer must have getWeights and setWeights for checkpoints');
  }
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  const { values } = await Weights.of(variables);
  for (const [index, { shape }] of variables.entries()) {
    tensors.set(`model/${index}`, { shape, values: values[index] as Float32Array });
    if (best) tensors.set(`best/${index}`, { shape, values: best.values[index] as Float32Array });
  }
  for (const { name, tensor } of await optimizer.getWeights()) {
    const values = (await tensor.data()) as Float32Array;
    tensors.set(`optimizer/${portableName(name, variables)}`, { shape: tensor.shape, values });
    tensor.dispose();
  }
  return tensors;
}

/**
 * Gives variables and optimizer what `stateTensors` gave.
 *
 * @returns the best weights, if the checkpoint has them
 */
export async function restoreState(
  tensors: Tensors,
  variables: readonly Variable[],
  optimizer: TrainerOptimizer,
): Promise<Weights | undefined> {
  const values = (kind: string) => variables.map((_, index) => tensors.get(`${kind}/${index}`)?.values);
  new Weights(variables, values('model') as Float32Array[]).restore();
  const state: { name: string; tensor: Tensor }[] = [];
  for (const [name, { shape, values }] of tensors) {
    const [, own] = /^optimizer\/(.*)$/.exec(name) ?? [];
    if (own !== undefined) {
      state.push({ name: ownName(own, variables), tensor: tensor(values.slice(), shape, 'float32') });
    }
  }
  await optimizer.setWeights?.(state);
  for (const each of state) each.tensor.dispose();
  return tensors.has('best/0') ? new Weights(variables, values('best') as Float32Array[]) : undefined;
}

/** tfjs may give a variable another name in another process: in a checkpoint its place among the model's stands for it. */
function portableName(name: string, variables: readonly Variable[]): string {
  const index = variables.findIndex((variable) => name.startsWith(`${variable.name}/`));
  return index < 0 ? name : `${index}/${name.slice(variables[index]!.name.length + 1)}`;
}

function ownName(name: string, variables: readonly Variable[]): string {
  const [, index, rest] = /^(\d+)\/(.*)$/.exec(name) ?? [];
  return index === undefined ? name : `${variables[Number(index)]!.name}/${rest}`;
}
