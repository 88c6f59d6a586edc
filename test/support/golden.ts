import { readFileSync } from 'node:fs';
import { readSafetensors, toFloat32 } from '@chui/hub';
import {
  addN,
  engine,
  getBackend,
  grads,
  mul,
  sum,
  type Tensor,
  tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';

/** Reads a tensor of a reference case by its name. */
export type Read = (name: string) => Tensor;

/** A case of test/fixtures/layers, made with another library: inputs, parameters, outputs and gradients. */
export interface Golden {
  /** The layer's hyper-parameters, under that library's names. */
  hyper: Record<string, unknown>;
  /** The outputs whose product with a probe is the loss. */
  probed: string[];
  /** Largest rounding errors of that library. */
  noise: { output_max_abs: number; grad_max_abs: number };
  /** The tensor of this name: float32, or int32 if it has ids or flags. */
  read: Read;
}

/** How one of our weights follows from the parameters of the case. */
export interface Parameter {
  variable: Variable;
  value: (read: Read) => Tensor;
  /** Its gradient from those of the case; the same way as the value if left out. */
  gradient?: (read: Read) => Tensor;
}

export function readGolden(name: string): Golden {
  const path = (extension: string) => new URL(`../fixtures/layers/${name}.${extension}`, import.meta.url);
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(path('safetensors'))), name);
  const { hyper, noise, probed_outputs: probed } = JSON.parse(readFileSync(path('json'), 'utf8'));
  const read = (tensorName: string) => {
    const saved = tensors.get(tensorName);
    if (!saved) throw new Error(`${name} has no tensor ${tensorName}`);
    return tensor(toFloat32(saved), saved.shape, saved.dtype === 'F32' ? 'float32' : 'int32');
  };
  return { hyper, noise, probed, read };
}

/** The weight of a layer whose name ends like this. */
export function weightOf(layer: layers.Layer, name: string): Variable {
  const found = layer.weights.filter(({ originalName }) => `/${originalName}`.endsWith(`/${name}`));
  if (found.length !== 1) {
    throw new Error(`${found.length} of [${layer.weights.map((each) => each.originalName)}] end in ${name}`);
  }
  return found[0]!.read() as Variable;
}

/**
 * Checks outputs, and the gradients of Σ probe ⊙ output, against a case.
 *
 * @param inputs names of the inputs that have a gradient
 * @param run the layers, from those inputs to the outputs that are compared, by name
 */
export function checkGolden(
  { noise, probed, read }: Golden,
  {
    inputs,
    parameters,
    run,
  }: {
    inputs: string[];
    parameters: Parameter[];
    run: (...inputs: Tensor[]) => Record<string, Tensor>;
  },
): void {
  engine().startScope('golden');
  for (const { variable, value } of parameters) {
    variable.assign(value((name) => read(`param.${name}`)) as Variable);
  }
  const given = inputs.map((name) => read(`input.${name}`));
  for (const [name, output] of Object.entries(run(...given)))
    expectSame(name, output, read(`output.${name}`), noise.output_max_abs);

  const loss = (...args: Tensor[]) => {
    const named = run(...args.slice(0, inputs.length));
    return addN(probed.map((name) => sum(mul(named[name]!, read(`probe.${name}`)))));
  };
  const gradients = grads(loss)([...given, ...parameters.map(({ variable }) => variable)]);
  inputs.forEach((name, i) => {
    expectSame(`gradient of ${name}`, gradients[i]!, read(`grad.input.${name}`), noise.grad_max_abs);
  });
  parameters.forEach(({ variable, value, gradient = value }, i) => {
    const expected = gradient((name) => read(`grad.param.${name}`));
    expectSame(`gradient of ${variable.name}`, gradients[inputs.length + i]!, expected, noise.grad_max_abs);
  });
  engine().endScope();
}

/**
 * Checks that max |a − b| ≤ 1e-5 · max |b| on the native backend, 1e-4 elsewhere, or that no difference is more than the
 * rounding errors of both sides, each as large as the noise of the case, where that is more: some gradients are zero.
 */
function expectSame(name: string, actual: Tensor, expected: Tensor, noise: number): void {
  expect(actual.shape, name).toEqual(expected.shape);
  const [values, known] = [actual.dataSync(), Array.from(expected.dataSync())];
  const largest = (numbers: number[]) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tolerance = getBackend() === 'tensorflow' ? 1e-5 : 1e-4;
  const worst = largest(known.map((value, i) => values[i]! - value));
  expect(worst, name).toBeLessThanOrEqual(Math.max(tolerance * largest(known), 2 * noise));
}
