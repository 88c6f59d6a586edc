import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../cache_dir.js';
import { pins } from '../setup/pins.js';
import { readManifest } from './manifest.js';
import { nativeSources, nodeApiHeaders, type UpstreamPackage } from './upstream.js';

/** `gpu` is the CUDA build of TensorFlow, which runs on the CPU where there is no GPU. */
export type Variant = 'cpu' | 'gpu';

/** Where a copy of TensorFlow came from. */
export type TensorFlowSource = 'wheel' | 'python' | 'directory';

/** What the manifest of an addon says. */
export interface AddonFacts {
  readonly variant: Variant;
  readonly tensorflow: {
    readonly version: string;
    readonly source: TensorFlowSource;
    /** Its folder, relative to the manifest's where it lies in the cache. */
    readonly directory: string;
    /** TensorFlow's own description of its build, such as `cuda_version`. */
    readonly build: Readonly<Record<string, string>>;
  };
  readonly compiler: string;
}

export interface InstalledAddon extends AddonFacts {
  /** Path of the addon's file. */
  readonly path: string;
}

/** Raised when the way in which the addon is compiled changes, so that older ones are not taken for it. */
const RECIPE = 5;

export const ADDON_FILE = 'tfjs_binding.node';
export const platform = `${process.platform}-${process.arch}`;

/** The part of the cache that holds TensorFlow and the addon. */
export const nativeDirectory = (): string => join(cacheDirectory(), 'native');

/** Where the libraries of the pinned wheel are unpacked. */
export const wheelDirectory = (variant: Variant): string =>
  join(nativeDirectory(), `tensorflow-${pins.tensorflow}-${variant}-${platform}`);

/** Where the addon that is made from the sources at hand is kept: its name has their hash. */
export function addonDirectory(variant: Variant, upstream: UpstreamPackage): string {
  const hash = createHash('sha256').update(`${RECIPE} ${pins.tensorflow} ${upstream.version}`);
  for (const directory of [nativeSources, join(upstream.directory, 'binding'), nodeApiHeaders()]) {
    for (const name of readdirSync(directory).sort()) {
      if (/\.(cc|h)$/.test(name)) hash.update(`\0${name}\0${readFileSync(join(directory, name), 'utf8')}`);
    }
  }
  return join(nativeDirectory(), `addon-${variant}-${platform}-${hash.digest('hex').slice(0, 16)}`);
}

/** The addon of an earlier set-up, if all of it is there; it is not loaded. */
export function installedAddon(variant: Variant, upstream: UpstreamPackage): InstalledAddon | undefined {
  const directory = addonDirectory(variant, upstream);
  const facts = readManifest<AddonFacts>(directory);
  if (!facts) return undefined;
  if (facts.tensorflow.source === 'wheel' && !readManifest(wheelDirectory(variant))) return undefined;
  return { ...facts, path: join(directory, ADDON_FILE) };
}

/** The addon to load: the CUDA build if it was set up, for that was asked for expressly. */
export const anyInstalledAddon = (upstream: UpstreamPackage): InstalledAddon | undefined =>
  installedAddon('gpu', upstream) ?? installedAddon('cpu', upstream);
