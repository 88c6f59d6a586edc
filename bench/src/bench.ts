import { setTimeout } from 'node:timers/promises';
import { Contender } from './contender.js';
import type { Prepared } from './peers.js';
import type { Ended, Ready } from './serve.js';

export interface Turns {
  readonly rounds: number;
  /** Steps of a contender in a round. */
  readonly steps: number;
  /** Steps before those that are timed, besides the first; 2 by default. */
  readonly warmUp?: number;
}

/** `chui`, a peer, `floor` for the least that a step can take, or `core` for what chui's step has at its core. */
type Role = 'chui' | 'floor' | 'core' | 'peer';

/** Who takes part. */
export interface Entrant {
  readonly role: Role;
  /** What it is called before it says so itself. */
  readonly title: string;
  prepare(): Promise<Prepared>;
}

/** What was measured of a contender. */
export interface Measured extends Ready, Ended {
  readonly role: Role;
  /** Milliseconds of each step, round by round. */
  readonly rounds: readonly (readonly number[])[];
}

export interface BenchResult {
  readonly measured: readonly Measured[];
  /** Peers that are not installed, with the line that installs them. */
  readonly missing: readonly string[];
  /** Contenders that did not work, with what they said. */
  readonly failed: readonly string[];
}

/** Longer than thread pools spin after their last task. */
const SETTLE_MS = 300;

interface Running {
  readonly entrant: Entrant;
  readonly contender: Contender;
  readonly ready: Ready;
  readonly rounds: number[][];
}

/** Has entrants make steps in turn, each in a process of its own, and says what it is doing. */
export async function bench(
  entrants: readonly Entrant[],
  { rounds, steps, warmUp = 2 }: Turns,
  say: (message: string) => void = () => {},
): Promise<BenchResult> {
  const missing: string[] = [];
  const failed: string[] = [];
  const running: Running[] = [];
  /** Does something for a contender; one that fails is out. */
  const attempt = async (entrant: Entrant, body: () => Promise<void>) => {
    try {
      await body();
    } catch (error) {
      failed.push(`${entrant.title} failed: ${error instanceof Error ? error.message : error}`);
      const index = running.findIndex((each) => each.entrant === entrant);
      if (index >= 0) running.splice(index, 1)[0]!.contender.stop();
    }
  };
  const start = async (entrant: Entrant) => {
    say(`preparing ${entrant.title}`);
    const prepared = await entrant.prepare();
    if ('missing' in prepared) {
      missing.push(prepared.missing);
      return;
    }
    try {
      say(`first call of ${entrant.title}`);
      const { contender, ready } = await Contender.start(prepared.command);
      running.push({ entrant, contender, ready, rounds: [] });
      await contender.run(warmUp);
    } finally {
      await prepared.release?.();
    }
  };

  const measured: Measured[] = [];
  try {
    for (const entrant of entrants) await attempt(entrant, () => start(entrant));
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another, so that none always follows the same.
      const first = round % Math.max(running.length, 1);
      for (const each of [...running.slice(first), ...running.slice(0, first)]) {
        say(`round ${round + 1} of ${rounds}: ${each.entrant.title}`);
        await setTimeout(SETTLE_MS);
        await attempt(each.entrant, async () => void each.rounds.push(await each.contender.run(steps)));
      }
    }
    for (const { entrant, contender, ready, rounds: timed } of [...running]) {
      await attempt(entrant, async () => {
        measured.push({ role: entrant.role, ...ready, rounds: timed, ...(await contender.finish()) });
      });
    }
  } finally {
    for (const { contender } of running) contender.stop();
  }
  return { measured, missing, failed };
}
