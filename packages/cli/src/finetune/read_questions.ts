import { placeOf, readSquad } from '@chui/training';
import { columnIn } from './columns.js';
import { type FileRow, readRows } from './read_rows.js';

/** A question about a context, with the places of right answers in it; none if it has no answer. */
export interface FileQuestion {
  readonly question: string;
  readonly context: string;
  readonly answers: readonly { readonly text: string; readonly start: number; readonly end: number }[];
}

/**
 * The questions of a file: .json as of SQuAD, or rows, as of `readRows`, that have `question`, `context` and `answers`, an object
 * of lists: `{ "text": ["42"], "answer_start": [17] }`, in code points.
 *
 * @throws Error of one line naming the file, the row and the rule.
 */
export async function readQuestions(path: string): Promise<FileQuestion[]> {
  if (/\.json$/i.test(path)) {
    const questions = await readSquad(path);
    if (questions.length > 0) return questions;
    throw new Error(`${path} must have a question, but has none`);
  }
  const rows = await readRows(path, []);
  for (const name of ['question', 'context', 'answers']) columnIn(path, rows, name);
  return rows.map((row, index) => questionOf(row, placeOf(row, index)));
}

function questionOf(row: FileRow, what: string): FileQuestion {
  const { question, context, answers } = row;
  if (typeof question !== 'string' || typeof context !== 'string') {
    throw new TypeError(`${what} must have texts as question and context, but has not`);
  }
  const { text, answer_start: starts } = (answers ?? {}) as Record<string, unknown>;
  if (!Array.isArray(text) || !Array.isArray(starts) || text.length !== starts.length) {
    throw new TypeError(
      `${what} must have as many text as answer_start in answers, but has ${JSON.stringify(answers)}`,
    );
  }
  const found = text.map((answer, at) => {
    // The file counts code points.
    const start = [...context].slice(0, Number(starts[at])).join('').length;
    if (typeof answer === 'string' && context.startsWith(answer, start)) {
      return { text: answer, start, end: start + answer.length };
    }
    throw new RangeError(
      `${what}: an answer must stand at ${starts[at]} of the context, but is ${JSON.stringify(answer)}`,
    );
  });
  return { question, context, answers: found };
}
