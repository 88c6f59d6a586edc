import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../packages/layers/src/', import.meta.url));
const files = (readdirSync(root, { recursive: true }) as string[]).map((path) => path.replaceAll('\\', '/'));

/** `attention/multi_head_attention.ts` → `multi_head_attention` */
export const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1).replace(/\.ts$/, '');

/** Where a class of layers is and what it says of itself. */
export interface Source {
  /** From packages/layers/src. */
  path: string;
  /** The first paragraph of its docstring. */
  summary: string;
  /** The first address after `@see`. */
  url?: string | undefined;
}

/** @throws Error unless there is one file of the class's name, in which it has a docstring */
export function sourceOf(name: string): Source {
  const found = files.filter((file) => baseName(file).replaceAll('_', '') === name.toLowerCase());
  const [path] = found;
  if (!path || found.length > 1)
    throw new Error(`${name} must have a file of its name, but has ${found.length}`);
  const text = readFileSync(join(root, path), 'utf8');
  const [, comment] =
    new RegExp(`/\\*\\*\\n((?: \\*.*\\n)+?) \\*/\\nexport class ${name}\\b`).exec(text) ?? [];
  if (!comment) throw new Error(`${name} must have a docstring, but ${path} has none`);
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, ''));
  const summary = lines.slice(0, lines.indexOf('')).join(' ');
  const [url] =
    /https:\/\/[^\s,;)]+/.exec(lines.slice(lines.findIndex((line) => line.startsWith('@see'))).join(' ')) ??
    [];
  return { path, summary: summary.replace(/\{@link (\w+)\}/g, '`$1`'), url };
}
