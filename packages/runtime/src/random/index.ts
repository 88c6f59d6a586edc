export { setSeed } from './generator.js';
export { randomNormal, randomUniform } from './random.js';
