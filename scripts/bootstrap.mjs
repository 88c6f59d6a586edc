import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot, isStopping, root, runOrThrow, StageError, stage } from './stage.mjs';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const manifest = readJson(inRoot('package.json'));
const stampPath = inRoot('node_modules', '.cache', 'chui_install');

function checkNode() {
  const oldest = Number.parseInt(manifest.engines.node.replace('>=', ''), 10);
  if (Number.parseInt(process.versions.node, 10) < oldest) {
    throw new StageError(`chui needs Node ${oldest} or later, but this is ${process.versions.node}`);
  }
}

/** The folders of the workspace that have a package.json. */
const workspaceFolders = () => [
  root,
  inRoot('bench'),
  ...['packages', 'apps']
    .filter((parent) => existsSync(inRoot(parent)))
    .flatMap((parent) => readdirSync(inRoot(parent)).map((name) => inRoot(parent, name)))
    .filter((folder) => existsSync(join(folder, 'package.json'))),
];

/** Changes when what has to be installed does. */
function installStamp(folders) {
  const hash = createHash('sha256');
  for (const value of [process.platform, process.arch, manifest.packageManager]) hash.update(`${value}\n`);
  const files = [inRoot('pnpm-lock.yaml'), inRoot('pnpm-workspace.yaml')];
  for (const file of [...files, ...folders.map((folder) => join(folder, 'package.json'))]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Whether every package that the workspace asks for is there, in the version it asks for. */
function allInstalled(folders) {
  return folders.every((folder) => {
    const { dependencies, devDependencies } = readJson(join(folder, 'package.json'));
    return Object.entries({ ...dependencies, ...devDependencies }).every(([name, version]) => {
      const installed = join(folder, 'node_modules', name, 'package.json');
      return (
        existsSync(installed) && (version.startsWith('workspace:') || readJson(installed).version === version)
      );
    });
  });
}

async function install() {
  const folders = workspaceFolders();
  const stamp = installStamp(folders);
  const done = existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp;
  if (done && allInstalled(folders)) return 'nothing changed';
  // npx is a script on Windows, which only a shell can start.
  await runOrThrow(
    'npx',
    [
      '--yes',
      manifest.packageManager,
      'install',
      '--frozen-lockfile',
      '--config.confirm-modules-purge=false',
      '--config.update-notifier=false',
    ],
    { shell: process.platform === 'win32', env: { npm_config_update_notifier: 'false' } },
  );
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, stamp);
}

async function build() {
  await runOrThrow(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), '--build', 'packages/cli']);
}

/** Sets up the native backend; without it chui runs on WASM, and says so in one line. */
async function setUpNative(say) {
  const { setUp } = await import('../packages/runtime/dist/setup/index.js');
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const report = ({ message, fraction }) =>
      say(fraction === undefined ? message : `${message} ${Math.round(100 * fraction)} %`);
    const { reused } = await setUp({ report, signal: abort.signal });
    return reused ? 'nothing changed' : undefined;
  } catch (error) {
    if (isStopping()) throw new StageError('stopped');
    return `not available, so chui runs on WASM, which is much slower: ${error.message}`;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Brings a clone to where its command line works: dependencies installed, packages built, native backend set up. */
export async function bootstrap() {
  checkNode();
  await stage('install', install);
  await stage('build', build);
  await stage('native backend', setUpNative);
}

/** Runs the body of a script; an error that a stage has told is followed by what the stage's command printed. */
export async function main(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    if (isStopping()) {
      process.exitCode = 130;
      return;
    }
    console.error(error.output || error.message);
    process.exitCode = 1;
  }
}
