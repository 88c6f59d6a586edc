// Makes plain text of Japanese files, for `chui pretrain`: a text a line, empty lines between documents.
//     node scripts/prepare_japanese_text.mjs OUT FILE…
// Files, packed by gzip or not:
//   - books of Aozora Bunko: head, colophon, ruby 《…》, its marks ｜ and notes ［＃…］ are left out; a heading begins a document,
//     and a character that a note describes by its code point is put in its place, any other is 〓;
//   - .json and .jsonl: what the keys text, sentence, sentence1, sentence2 and question have; each object is a document;
//   - any other text: its lines.
// Blanks between tokens are left out, but for those between two characters that are Latin or ASCII.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const RULER = /^-{20,}$/;
const COLOPHON = /^底本：/;
const TEXT_KEY = /^(text|sentence[12]?|question)$/;

const [target, ...sources] = process.argv.slice(2);
if (!target || sources.length === 0) throw new Error('prepare_japanese_text needs OUT and a FILE at least');
const documents = sources.flatMap((path) => documentsOf(path));
const texts = documents
  .map((lines) => lines.map(joined).filter((line) => line !== ''))
  .filter(({ length }) => length > 0);
writeFileSync(target, `${texts.map((lines) => lines.join('\n')).join('\n\n')}\n`);
const characters = texts.flat().reduce((sum, line) => sum + line.length, 0);
console.log(
  `${target}: ${texts.length} documents, ${texts.flat().length} texts, ${characters} characters of ${sources.length} files`,
);

/** Documents as lists of lines. */
function documentsOf(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\uFEFF/, '');
  const name = path.replace(/\.gz$/, '');
  if (/\.jsonl?$/.test(name)) return objectsOf(text).map((object) => textsOf(object));
  const lines = text.split(/\r?\n/);
  if (lines.some((line) => COLOPHON.test(line))) return chaptersOf(lines);
  return parted(lines, (line) => line.trim() === '');
}

/** The objects of a list, or of lines with an object each. */
function objectsOf(text) {
  if (text.trimStart().startsWith('[')) return JSON.parse(text);
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
}

/** All texts under the keys that hold them, in their order. */
function textsOf(value) {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    TEXT_KEY.test(key) && typeof each === 'string' ? each.split(/\r?\n/) : textsOf(each),
  );
}

/** The chapters of a book, without what is around them. */
function chaptersOf(lines) {
  // Two rulers with what marks mean between; title and author stand before.
  const rulers = lines.flatMap((line, place) => (RULER.test(line) ? [place] : []));
  const begin = rulers.length >= 2 ? rulers[1] + 1 : 0;
  const end = lines.findIndex((line) => COLOPHON.test(line));
  const body = lines.slice(begin, end);
  return parted(body, (line) => /［＃[^］]*見出し/.test(line)).map((chapter) => chapter.map(plain));
}

/** A line of a book without its marks. */
function plain(line) {
  return line
    .replace(/※［＃[^］]*?(?:U\+([0-9A-F]{4,6}))?[^］U]*］/g, (_, code) =>
      code === undefined ? '〓' : String.fromCodePoint(Number.parseInt(code, 16)),
    )
    .replace(/［＃[^］]*］|《[^》]*》|｜/g, '');
}

/** Lines in parts, of which each but the first begins with a line that a rule names. */
function parted(lines, begins) {
  const parts = [[]];
  for (const line of lines) {
    if (begins(line)) parts.push([]);
    parts.at(-1).push(line);
  }
  return parts;
}

/** A line whose tokens are put together. */
function joined(line) {
  return line
    .trim()
    .replace(/(?<=([^\s]))[ \t]+(?=([^\s]))/g, (_blanks, before, after) =>
      isLatin(before) && isLatin(after) ? ' ' : '',
    );
}

function isLatin(character) {
  return /[\p{Script=Latin}\x21-\x7e]/u.test(character);
}
