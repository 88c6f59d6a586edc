import { fileURLToPath } from 'node:url';
import { Contender } from './contender.js';
import { decodingArguments } from './decoding.js';
import { median } from './statistics.js';

const PROMPT = 64;
const POSITIONS = 1024;
/** Tokens at each end of a text whose times are taken together. */
const WINDOW = 64;

/** What chui takes for a token as a text becomes longer. */
export interface PositionTimes {
  /** Medians of the first tokens behind the prompt and of the last ones that the model has positions for. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Has chui go on with one prompt as far as the model has positions, and times each token but the first. */
export async function timePositions(checkpoint: {
  directory: string;
  threads: number;
}): Promise<PositionTimes> {
  const newTokens = POSITIONS - PROMPT;
  const argument = decodingArguments({ batch: 1, promptLength: PROMPT, newTokens }, checkpoint);
  const script = fileURLToPath(new URL('./decoding_positions_contender.js', import.meta.url));
  const { contender } = await Contender.start({
    command: process.execPath,
    args: [script, JSON.stringify(argument)],
  });
  try {
    const times = await contender.run(newTokens - 1);
    return { firstMs: median(times.slice(0, WINDOW)), lastMs: median(times.slice(-WINDOW)) };
  } finally {
    contender.stop();
  }
}

/** What it takes at both ends, and how many times as much at the last. */
export function positionsReport({ firstMs, lastMs }: PositionTimes): string {
  const [first, last] = [firstMs, lastMs].map((time) => `${time.toFixed(1)} ms`);
  const ends = `${first} a token behind ${PROMPT} tokens, ${last} behind ${POSITIONS - WINDOW}`;
  return `chui takes ${ends}, which is ${(lastMs / firstMs).toFixed(2)} × as long`;
}
