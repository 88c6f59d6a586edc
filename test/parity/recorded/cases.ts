import { elementwise } from './elementwise.js';
import { images } from './images.js';
import type { KernelCases } from './kernel_case.js';
import { linearAlgebra } from './linear_algebra.js';
import { random } from './random.js';
import { reductions } from './reductions.js';
import { shapes } from './shapes.js';

/** For each kernel of the native backend that can be recorded, ways to run it. */
export const recordedCases: KernelCases = {
  ...elementwise,
  ...images,
  ...linearAlgebra,
  ...random,
  ...reductions,
  ...shapes,
};
