import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The user's cache directory of chui, not created yet: `$CHUI_CACHE_DIR`, else `chui` in the platform's place for
 * caches (`$XDG_CACHE_HOME` or `~/.cache`; `~/Library/Caches` on macOS; `%LOCALAPPDATA%` on Windows).
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.CHUI_CACHE_DIR) return resolve(env.CHUI_CACHE_DIR);
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'chui');
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'chui');
  return platform === 'darwin'
    ? join(homedir(), 'Library', 'Caches', 'chui')
    : join(homedir(), '.cache', 'chui');
}
