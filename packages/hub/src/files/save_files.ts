/**
 * Saves files of a model into a directory. In this build, for browsers, there are no directories.
 *
 * @throws Error always; in Node the package has another `saveFiles`
 */
export async function saveFiles(dir: string, _files: Record<string, string | Uint8Array>): Promise<void> {
  throw new Error(`files can be saved in Node only, but the directory is ${dir}`);
}
