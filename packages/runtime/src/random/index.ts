export { randomState, restoreRandomState, setSeed } from './generator.js';
export { randomNormal, randomUniform } from './random.js';
