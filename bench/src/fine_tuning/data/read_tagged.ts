import { entitiesOf, readConll, type TaggedSentence } from '@chui/training';
import { readSpans } from './read_spans.js';
import { all, type Grouped, type Read } from './rows.js';

/**
 * Sentences of tagged words: .json and .json.gz as `readSpans`, others in columns as `readConll`.
 *
 * @throws Error of one line naming the file, the place and the rule.
 */
export async function readTagged(
  path: string,
  options: { wordColumn: number; tagColumn: number; groupColumn?: string | undefined },
): Promise<Read<TaggedSentence & Grouped>> {
  const rows = /\.json(\.gz)?$/i.test(path)
    ? await readSpans(path, options.groupColumn)
    : await all(readConll(path, options));
  if (rows.length === 0) throw new Error(`${path} must have a sentence, but has none`);
  const words = rows.reduce((sum, row) => sum + row.words.length, 0);
  return { rows, facts: [`${path}: ${rows.length} sentences, ${words} words, ${entityFacts(rows)}`] };
}

/** How many entities there are, of each type and in all. */
function entityFacts(rows: readonly TaggedSentence[]): string {
  const counts = new Map<string, number>();
  for (const { tags } of rows) {
    for (const [type] of entitiesOf(tags)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const types = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const total = types.reduce((sum, [, count]) => sum + count, 0);
  return `${total} entities (${types.map(([type, count]) => `${type} ${count}`).join(', ')})`;
}
