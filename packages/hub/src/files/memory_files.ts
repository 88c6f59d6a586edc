import { checkRange, type ModelFiles, pathParts } from './model_files.js';
import { decodeUtf8 } from './utf8.js';

/** Files of a model that are in memory already, by path. */
export function memoryFiles(files: Record<string, string | Uint8Array>, name = 'memory'): ModelFiles {
  const contents = new Map(Object.entries(files));
  for (const path of contents.keys()) pathParts(path);
  const content = (path: string) => {
    const found = contents.get(pathParts(path).join('/'));
    if (found === undefined) throw new Error(`${name} has no file ${path}`);
    return found;
  };
  const bytes = (path: string) => {
    const found = content(path);
    return typeof found === 'string' ? new TextEncoder().encode(found) : found;
  };
  return {
    name,
    has: async (path) => contents.has(pathParts(path).join('/')),
    text: async (path) => {
      const found = content(path);
      return typeof found === 'string' ? found : decodeUtf8(found, `${name}/${path}`);
    },
    bytes: async (path) => bytes(path),
    size: async (path) => bytes(path).length,
    range: async (path, start, end) => {
      const found = bytes(path);
      checkRange(`${name}/${path}`, start, end, found.length);
      return found.subarray(start, end);
    },
    list: async () => [...contents.keys()].filter((path) => !path.includes('/')),
  };
}
