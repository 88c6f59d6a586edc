import { initializers } from '@tensorflow/tfjs-layers';
import type { Initializer } from './layer.js';

export const zeros = (): Initializer => initializers.zeros();
export const ones = (): Initializer => initializers.ones();
export const glorotUniform = (): Initializer => initializers.glorotUniform({});
export const normal = (stddev: number): Initializer => initializers.randomNormal({ stddev });
