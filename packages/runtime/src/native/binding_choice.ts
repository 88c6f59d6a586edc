import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { anyInstalledAddon, type InstalledAddon } from './installed.js';
import { missingTools } from './missing_tools.js';
import { type UpstreamPackage, upstreamPackages } from './upstream.js';

/** The binding that one of upstream's packages gets, or why there is none. */
export type BindingChoice =
  | { readonly kind: 'upstream'; readonly path: string; readonly upstream: UpstreamPackage }
  | { readonly kind: 'chui'; readonly path: string; readonly addon: InstalledAddon }
  | { readonly kind: 'none'; readonly reason: string };

type Find = (manifest: string, options?: object) => string;

/** The module of @mapbox/node-pre-gyp that holds what it exports as `find`, by a getter that cannot be replaced. */
export interface NodePreGyp {
  find: Find;
}

/** What `find` was in each copy of node-pre-gyp in which it was replaced. */
export const originalFinds = new WeakMap<NodePreGyp, Find>();

const require = createRequire(import.meta.url);

/** The copy of node-pre-gyp that a package of upstream's would ask for its binary. */
export const nodePreGyp = (upstream: UpstreamPackage): NodePreGyp =>
  upstream.require('@mapbox/node-pre-gyp/lib/pre-binding.js') as NodePreGyp;

/** Where a package of upstream's would find its own binary. */
function upstreamBinary(upstream: UpstreamPackage): string {
  const preGyp = nodePreGyp(upstream);
  const find = originalFinds.get(preGyp) ?? preGyp.find;
  return find(`${upstream.directory}/package.json`);
}

function whatToDo(): string {
  if (process.platform === 'win32') return "on Windows, upstream's binary has to be installed";
  const missing = missingTools();
  return missing ? `it needs ${missing}, and then \`chui setup\`` : 'run `chui setup`';
}

/**
 * Chooses the binding of a package of upstream's: its own binary if it is there and loads, else the one of an earlier
 * set-up. A CUDA build that was set up for a package without one goes first, since it was asked for expressly.
 */
export function chooseBinding(upstream: UpstreamPackage): BindingChoice {
  const addon = anyInstalledAddon(upstream);
  const wanted = upstream.name === '@tensorflow/tfjs-node' && addon?.variant === 'gpu';
  let failure = '';
  const path = upstreamBinary(upstream);
  if (!wanted && existsSync(path)) {
    try {
      require(path);
      return { kind: 'upstream', path, upstream };
    } catch (error) {
      failure = `upstream's binary does not load (${String((error as Error).message).split('\n')[0]}) and `;
    }
  }
  if (addon) return { kind: 'chui', path: addon.path, addon };
  return { kind: 'none', reason: `${failure}the native backend is not set up: ${whatToDo()}` };
}

/** The binding that chui itself uses. */
export function currentBinding(): BindingChoice {
  const upstream = upstreamPackages()[0];
  return upstream
    ? chooseBinding(upstream)
    : { kind: 'none', reason: '@tensorflow/tfjs-node is not installed in this project' };
}
