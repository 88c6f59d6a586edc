import type { TrainingProgress } from '@chui/tokenizer';

/** Tells of a vocabulary that is trained: on a terminal in one line that changes, elsewhere by a line at each stage's end. */
export function vocabularyProgress(
  stream: NodeJS.WriteStream = process.stderr,
): (progress: TrainingProgress) => void {
  return ({ stage, done, total }) => {
    const count = done.toLocaleString('en');
    const of = total === undefined || total === done ? '' : ` of ${total.toLocaleString('en')}`;
    const text = `vocabulary: ${stage}, ${count}${of}`;
    if (stream.isTTY) stream.write(`\r\x1b[K${text}${done === total ? '\n' : ''}`);
    else if (done === total) stream.write(`${text}\n`);
  };
}
