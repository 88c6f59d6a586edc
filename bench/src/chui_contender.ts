import { nativeBinding, useBackend } from '@chui/runtime';
import { matrixProductsStep } from './chui/matrix_products.js';
import { makeStep } from './chui/step.js';
import { serve } from './serve.js';
import type { Task } from './works.js';

/** What the contender gets as JSON. */
export interface ChuiArguments {
  readonly task: Task;
  readonly threads: number;
  readonly xla: boolean;
  /** Whether to compute the matrix products alone. */
  readonly floor: boolean;
}

const { task, threads, xla, floor } = JSON.parse(process.argv[2]!) as ChuiArguments;
const { precision } = task;
await useBackend('native', { threads });
if (floor) {
  // XLA would leave out most of a product of which one element is read.
  const step = matrixProductsStep(task, { precision });
  await serve({
    name: 'matrix products alone',
    run: () => {
      step();
      return undefined;
    },
  });
} else {
  const { parameters, run } = makeStep(task, { xla, precision });
  const name = `chui on TensorFlow ${nativeBinding()!.TF_Version}${xla ? ' with XLA' : ''}`;
  await serve({ name, parameters, run });
}
