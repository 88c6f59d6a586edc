import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const docs = await readdir(join(root, 'docs'), { recursive: true });
const pages = ['README.md', ...docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];
const texts = new Map<string, string>();
for (const page of pages) texts.set(join(root, page), await readFile(join(root, page), 'utf8'));

const prose = (text: string) => text.replace(/^```.*?^```/gms, '');
const headings = (text: string) => [...prose(text).matchAll(/^(#+) (.+)$/gm)];
const pictures = (text: string) =>
  [...prose(text).matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path]) => path);
const blocks = (text: string) => [...text.matchAll(/^```\w*\n.*?^```/gms)].map(([block]) => block);

/** What links to a heading are called. */
const anchors = (text: string) =>
  headings(text).map(([, , title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Links of a page to files that are not there, or to headings that a page does not have. */
function brokenLinks(path: string): string[] {
  const links = [...prose(texts.get(path)!).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      const text = texts.get(target);
      return !existsSync(target) || (anchor !== undefined && text && !anchors(text).includes(anchor));
    });
}

describe('the pages of the documentation', () => {
  it.each([...texts.keys()].map((path) => [relative(root, path), path]))(
    '%s has links that lead somewhere',
    (_, path) => {
      expect(brokenLinks(path)).toEqual([]);
    },
  );

  const translated = [...texts.keys()].filter((path) => path.endsWith('_ja.md'));
  it.each(translated.map((path) => [relative(root, path), path]))(
    '%s is made like its original',
    (_, path) => {
      const [own, original] = [path, path.replace('_ja.md', '.md')].map((each) => texts.get(each)!) as [
        string,
        string,
      ];
      expect(blocks(own)).toEqual(blocks(original));
      expect(pictures(own)).toEqual(pictures(original));
      const levels = (text: string) => headings(text).map(([, level]) => level);
      expect(levels(own)).toEqual(levels(original));
    },
  );
});
