export { randomState, restoreRandomState, setSeed } from './generator.js';
export { randomNormal, randomUniform, uniformNumber } from './random.js';
