import { dirname } from 'node:path';
import util from 'node:util';
import { chooseBinding, nodePreGyp, originalFinds } from './binding_choice.js';
import { quietEnvironment } from './quiet.js';
import { upstreamPackages } from './upstream.js';

/** `util.isArray` and its like, which @tensorflow/tfjs-node 4.22 calls; Node 22 warns of them, Node 23 dropped them. */
function restoreUtil(): void {
  const dropped: Record<string, (value: unknown) => boolean> = {
    isArray: Array.isArray,
    isNullOrUndefined: (value) => value === null || value === undefined,
  };
  for (const [name, is] of Object.entries(dropped)) {
    Object.defineProperty(util, name, { value: is, configurable: true, writable: true });
  }
}

/**
 * Makes a later `import '@tensorflow/tfjs-node'` (or -gpu) load a binding that works: it asks node-pre-gyp for the path
 * of its binary, and that answers with chui's. Synchronous, so that an import that stands after it sees its effect.
 */
export function registerBinding(): void {
  quietEnvironment(process.env);
  restoreUtil();
  for (const upstream of upstreamPackages()) {
    const preGyp = nodePreGyp(upstream);
    if (originalFinds.has(preGyp)) continue;
    const find = preGyp.find;
    originalFinds.set(preGyp, find);
    preGyp.find = (manifest, options) => {
      const asking = upstreamPackages().find(({ directory }) => directory === dirname(manifest));
      if (!asking) return find(manifest, options);
      const choice = chooseBinding(asking);
      if (choice.kind === 'none') throw new Error(choice.reason);
      return choice.path;
    };
  }
}
