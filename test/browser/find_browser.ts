import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const commands = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
  'msedge',
];

/** Where Chrome, Chromium and Edge may be on this machine, the likeliest first. */
function candidates(env: NodeJS.ProcessEnv): string[] {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap((app) =>
      ['/Applications', join(homedir(), 'Applications')].map((folder) =>
        join(folder, `${app}.app`, 'Contents', 'MacOS', app),
      ),
    );
  }
  if (process.platform === 'win32') {
    const programs = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(
      (folder) => folder,
    );
    return ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'].flatMap(
      (app) => programs.map((folder) => join(folder!, app)),
    );
  }
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder);
  return commands.flatMap((command) => folders.map((folder) => join(folder, command)));
}

/** Installs Debian's Chromium, where this is Debian and its packages may be installed. */
async function installOnDebian(): Promise<void> {
  const system = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID="?debian"?$/m.test(system) || process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...args: string[]) =>
    whileLocked(() =>
      promisify(execFile)('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env }),
    );
  await aptGet('update');
  await aptGet('install', '--yes', '--no-install-recommends', 'chromium');
}

/** Another test file may be installing at the same time: apt's lists can be locked by one at a time, and it does not wait. */
async function whileLocked(run: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await run();
      return;
    } catch (error) {
      const isLocked = /could not get lock|unable to lock/i.test((error as { stderr?: string }).stderr ?? '');
      if (!isLocked || tries === 100) throw error;
      await setTimeout(3_000);
    }
  }
}

const installLines: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install --cask google-chrome',
  win32: 'winget install Google.Chrome',
};

/**
 * The program of Chrome, Chromium or Edge: `$CHUI_BROWSER`, else what this machine has, else Debian's Chromium, which
 * is installed where that may be done.
 *
 * @throws Error with the line that installs one.
 */
export async function findBrowser(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (env.CHUI_BROWSER) {
    if (existsSync(env.CHUI_BROWSER)) return env.CHUI_BROWSER;
    throw new Error(`$CHUI_BROWSER must be a browser's program, but there is no ${env.CHUI_BROWSER}`);
  }
  const find = () => candidates(env).find((path) => existsSync(path));
  const found = find();
  if (found) return found;
  let failure = '';
  try {
    await installOnDebian();
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    failure = ` (tried, but ${stderr?.trim() || message})`;
  }
  const installed = find();
  if (installed) return installed;
  const line = installLines[process.platform] ?? 'sudo apt-get install chromium';
  throw new Error(
    `the browser tests need Chrome, Chromium or Edge: ${line}${failure}. ` +
      'CHUI_BROWSER names the program of one that is elsewhere; CHUI_SKIP_BROWSER=1 leaves these tests out',
  );
}
