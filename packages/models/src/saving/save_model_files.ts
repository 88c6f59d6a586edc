import { openFiles, saveFiles } from '@chui/hub';

const whole = 'model.safetensors';

/**
 * Saves the files of a model into a directory.
 *
 * @throws Error naming the file, if it cannot be saved, or shards come beside a whole checkpoint, which would be read first.
 */
export async function saveModelFiles(
  directory: string,
  files: Record<string, string | Uint8Array>,
): Promise<void> {
  if (!Object.hasOwn(files, whole) && (await hasWhole(directory))) {
    throw new Error(
      `${directory}/${whole} must be removed before shards are saved, as it would be read first`,
    );
  }
  await saveFiles(directory, files);
}

/** A directory that is not there yet has nothing. */
async function hasWhole(directory: string): Promise<boolean> {
  const path = /^(?:[./~]|file:|[a-z]:[\\/])/i.test(directory) ? directory : `./${directory}`;
  const files = await openFiles(path).catch(() => undefined);
  return files !== undefined && (await files.has(whole));
}
