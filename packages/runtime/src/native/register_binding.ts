import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import util from 'node:util';
import { anyInstalledAddon, type InstalledAddon } from './installed.js';
import { quietEnvironment } from './quiet.js';
import { type UpstreamPackage, upstreamPackages } from './upstream.js';

/** Which binding @tensorflow/tfjs-node would be given, and why. */
export type BindingChoice =
  | { readonly kind: 'upstream'; readonly path: string }
  | { readonly kind: 'chui'; readonly path: string; readonly addon: InstalledAddon }
  | { readonly kind: 'none'; readonly reason: string };

type Find = (manifest: string, options?: object) => string;

/** The module of @mapbox/node-pre-gyp that holds what it exports as `find`, by a getter that cannot be replaced. */
interface NodePreGyp {
  find: Find;
}

const originals = new WeakMap<NodePreGyp, Find>();
const require = createRequire(import.meta.url);

/** Chooses the binding: upstream's own if it is there and loads, else the one of an earlier set-up. */
export function chooseBinding(upstreamPath: string, upstreams: UpstreamPackage[]): BindingChoice {
  let failure = '';
  if (existsSync(upstreamPath)) {
    try {
      require(upstreamPath);
      return { kind: 'upstream', path: upstreamPath };
    } catch (error) {
      failure = `upstream's binary does not load (${String((error as Error).message).split('\n')[0]}) and `;
    }
  }
  const addon = anyInstalledAddon(upstreams);
  if (addon) return { kind: 'chui', path: addon.path, addon };
  return { kind: 'none', reason: `${failure}the native backend is not set up: run \`chui setup\`` };
}

/** `util.isArray` and its like, which @tensorflow/tfjs-node 4.22 calls and Node 23 dropped. */
function restoreUtil(): void {
  const dropped: Record<string, (value: unknown) => boolean> = {
    isArray: Array.isArray,
    isNullOrUndefined: (value) => value === null || value === undefined,
  };
  for (const [name, is] of Object.entries(dropped)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: is, configurable: true, writable: true });
  }
}

/** Where node-pre-gyp, as `upstream` sees it, expects upstream's binary; undefined if it cannot be resolved. */
function upstreamBinding({
  require,
  directory,
}: UpstreamPackage): { preGyp: NodePreGyp; path: string } | undefined {
  try {
    const preGyp = require('@mapbox/node-pre-gyp/lib/pre-binding.js') as NodePreGyp;
    const find = originals.get(preGyp) ?? preGyp.find;
    return { preGyp, path: find(`${directory}/package.json`) };
  } catch {
    return undefined;
  }
}

/** What `import '@tensorflow/tfjs-node'` would load now. */
export function currentBinding(): BindingChoice {
  const upstreams = upstreamPackages();
  for (const upstream of upstreams) {
    const binding = upstreamBinding(upstream);
    if (binding) return chooseBinding(binding.path, upstreams);
  }
  return { kind: 'none', reason: '@tensorflow/tfjs-node is not installed in this project' };
}

/**
 * Makes a later `import '@tensorflow/tfjs-node'` (or -gpu) load a binding that works: it asks node-pre-gyp for the path
 * of its binary, and that answers with chui's. Synchronous, so that an import that stands after it sees its effect.
 */
export function registerBinding(): void {
  quietEnvironment(process.env);
  restoreUtil();
  for (const upstream of upstreamPackages()) {
    const preGyp = upstreamBinding(upstream)?.preGyp;
    if (!preGyp || originals.has(preGyp)) continue;
    const find = preGyp.find;
    originals.set(preGyp, find);
    preGyp.find = (manifest, options) => {
      const path = find(manifest, options);
      const asking = upstreamPackages().find(({ directory }) => directory === dirname(manifest));
      if (!asking) return path;
      const choice = chooseBinding(path, [asking]);
      if (choice.kind === 'none') throw new Error(choice.reason);
      return choice.path;
    };
  }
}
