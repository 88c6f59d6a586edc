import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/prepare_japanese_text.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chui-japanese-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RULER = '-'.repeat(55);
const BOOK = `\uFEFF題
著者
${RULER}
《》：ルビ
${RULER}

［＃８字下げ］一［＃「一」は中見出し］
　朝｜早《はや》く※［＃「言＋墟のつくり」、第4水準2-88-74］と※［＃「口＋墟」、U+5653、1-2］が来た。
［＃８字下げ］二［＃「二」は中見出し］
　夜［＃「夜」に傍点］だ。
底本：「全集」
`;

/** What the script makes of files. */
function prepared(files: Record<string, string | Uint8Array>): string {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  execFileSync(process.execPath, [SCRIPT, 'out.txt', ...Object.keys(files)], { cwd: folder });
  return readFileSync(join(folder, 'out.txt'), 'utf8');
}

it('leaves the text of a book, a chapter a document', () => {
  expect(prepared({ 'book.txt': BOOK.replaceAll('\n', '\r\n') })).toBe(
    '一\n朝早く〓と\u5653が来た。\n\n二\n夜だ。\n',
  );
});

it('puts tokens together, but for Latin words, and reads packed JSON', () => {
  const objects = [
    { id: 'a', sentences: [{ sentence: '雨 だ 。' }, { sentence: '雪だ。' }] },
    { question: '何？', choice0: '無' },
  ];
  expect(
    prepared({
      'tokens.txt': '私 は New York 2 に い ま す 。\n誰 ？\n',
      'data.jsonl.gz': gzipSync(objects.map((object) => JSON.stringify(object)).join('\n')),
    }),
  ).toBe('私はNew York 2にいます。\n誰？\n\n雨だ。\n雪だ。\n\n何？\n');
});
