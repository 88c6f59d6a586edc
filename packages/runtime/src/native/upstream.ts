import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** An installed copy of upstream's package, whose JavaScript and C++ sources chui uses. */
export interface UpstreamPackage {
  readonly name: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
  readonly version: string;
  readonly directory: string;
  /** Resolves modules as the package itself does. */
  readonly require: NodeJS.Require;
}

/** Where to look for a package: this one's own dependencies, the program that runs, the current directory. */
function lookupBases(): string[] {
  const main = process.argv[1] ? [pathToFileURL(process.argv[1]).href] : [];
  return [import.meta.url, ...main, pathToFileURL(join(process.cwd(), 'package.json')).href];
}

/** Every copy of @tensorflow/tfjs-node and @tensorflow/tfjs-node-gpu that this program could import. */
export function upstreamPackages(): UpstreamPackage[] {
  const found = new Map<string, UpstreamPackage>();
  for (const name of ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'] as const) {
    for (const base of lookupBases()) {
      let manifest: string;
      try {
        manifest = createRequire(base).resolve(`${name}/package.json`);
      } catch {
        continue;
      }
      if (found.has(manifest)) continue;
      const require = createRequire(manifest);
      const { version } = require(manifest) as { version: string };
      found.set(manifest, { name, version, directory: dirname(manifest), require });
    }
  }
  return [...found.values()];
}

/** The directory of node_api.h. */
export function nodeApiHeaders(): string {
  const manifest = createRequire(import.meta.url).resolve('node-api-headers/package.json');
  return join(dirname(manifest), 'include');
}

/** The directory of this package's own C++ and Python sources, beside `src` and `dist`. */
export const nativeSources = fileURLToPath(new URL('../../native/', import.meta.url));
