/** What a reader makes of a file. */
export interface Read<R> {
  readonly rows: readonly R[];
  /** What was counted, a line each. */
  readonly facts: readonly string[];
}

/** A row that may have to stay with others. */
export interface Grouped {
  /** Rows of one group are never in different parts. By default a row is a group of its own. */
  readonly group?: string | undefined;
}

export async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}
