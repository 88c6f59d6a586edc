/**
 * Import for its effect, before @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu: they then load the binding that
 * `chui setup` made, on Node 20 and later. Upstream's own binary is kept where it works.
 *
 * @module
 */
import { registerBinding } from './native/register_binding.js';

registerBinding();
