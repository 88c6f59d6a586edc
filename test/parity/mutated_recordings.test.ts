import '@tensorflow/tfjs-layers';
import { jit, useBackend } from '@chui/runtime';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ATTR_TYPE, Graph } from '../../packages/runtime/src/jit/graph.js';
import { hasKernel } from '../../packages/runtime/src/ops/run_kernel.js';
import { recordedCases } from './recorded/cases.js';
import { expectSame } from './recorded/expect_same.js';
import type { KernelCase } from './recorded/kernel_case.js';

type Attribute = Parameters<Graph['operation']>[1][number];

/** Attributes of which no case can tell another value. */
const WITHOUT_EFFECT = [
  'BlockLSTMV2.use_peephole', // weights of which are zeros
  'Cast.Truncate', // but to bfloat16
  'Conv2D.use_cudnn_on_gpu',
  'Conv2DBackpropFilter.use_cudnn_on_gpu',
  'Conv2DBackpropInput.use_cudnn_on_gpu',
  'DepthwiseConv2dNativeBackpropFilter.dilations', // tfjs has this gradient for 1 only
  'DepthwiseConv2dNativeBackpropInput.dilations',
  'Multinomial.seed', // the case's choice is certain
  'Multinomial.seed2',
  'SparseToDense.validate_indices', // of which the case's are valid
];

/** Another value of an attribute; undefined for a type, which is that of the operands, and for other strings. */
function mutated({ type, value }: Attribute): unknown {
  if (type === ATTR_TYPE) return undefined;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : 1.5 * value;
  if (Array.isArray(value)) return value.map((each, index) => (index === 1 ? each + 1 : each));
  return { SAME: 'VALID', VALID: 'SAME' }[value as string];
}

/** Records and runs, with attributes as `change` makes them. */
function runChanged(
  { run }: KernelCase,
  args: Tensor[],
  change: (attribute: Attribute, op: string) => Attribute,
): Tensor | Tensor[] {
  const { operation } = Graph.prototype;
  vi.spyOn(Graph.prototype, 'operation').mockImplementation(function (this: Graph, op, attributes, inputs) {
    const changed = attributes.map((attribute) => change(attribute, op));
    return operation.call(this, op, changed, inputs);
  });
  const recorded = jit(run);
  try {
    return recorded(...args) as Tensor | Tensor[];
  } finally {
    recorded.dispose();
    vi.restoreAllMocks();
  }
}

/** For each attribute in the case's recording, as "Op.attribute", whether the case tells another value from it. */
function detections(kernelCase: KernelCase): [attribute: string, detected: boolean][] {
  return tidy(() => {
    const args = kernelCase.inputs.map((draw, index) => draw(100 * index + 1));
    const expected = kernelCase.run(...args);
    const sites: [string, Attribute][] = [];
    runChanged(kernelCase, args, (attribute, op) => {
      sites.push([`${op}.${attribute.name}`, attribute]);
      return attribute;
    });
    return sites.flatMap<[string, boolean]>(([name, attribute], site) => {
      const value = mutated(attribute);
      if (value === undefined) return [];
      let at = 0;
      const mutate = (each: Attribute) => (at++ === site ? ({ ...each, value } as Attribute) : each);
      try {
        expectSame(runChanged(kernelCase, args, mutate), expected, kernelCase.tolerance);
        return [[name, false]];
      } catch {
        return [[name, true]];
      }
    });
  });
}

describe.skipIf(!inject('hasNativeBackend'))('cases of recorded kernels', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  it('tell every attribute of a recording from another', () => {
    const known = Object.entries(recordedCases).filter(([kernel]) => hasKernel(kernel));
    const tried = known.flatMap(([, cases]) => cases.flatMap(detections));
    const detected = new Set(tried.filter(([, found]) => found).map(([name]) => name));
    expect(detected.size).toBeGreaterThan(50);
    const missed = new Set(tried.map(([name]) => name).filter((name) => !detected.has(name)));
    expect([...missed].sort()).toEqual(WITHOUT_EFFECT);
  });
});
