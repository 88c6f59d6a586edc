import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChuiArguments } from './chui_contender.js';
import { type Command, Contender } from './contender.js';
import { preparePeer } from './peers.js';
import type { Ready } from './serve.js';
import type { PeerName, Work } from './works.js';

export interface BenchOptions {
  readonly rounds: number;
  /** Steps of a contender in a round. */
  readonly steps: number;
  /** Threads of each contender. */
  readonly threads: number;
  /** Whether chui compiles with XLA. */
  readonly xla: boolean;
  readonly python: string;
}

type Role = 'chui' | 'floor' | PeerName;

const titles: Readonly<Record<Role, string>> = {
  chui: 'chui',
  floor: 'the matrix products',
  pytorch: 'PyTorch',
  transformers: 'transformers.js',
};

/** What was measured of a contender. */
export interface Measured extends Ready {
  readonly role: Role;
  /** Milliseconds of each step, round by round. */
  readonly rounds: readonly (readonly number[])[];
  readonly peakBytes: number;
}

export interface BenchResult {
  readonly measured: readonly Measured[];
  /** Peers that are not installed, with the line that installs them. */
  readonly missing: readonly string[];
  /** Contenders that did not work, with what they said. */
  readonly failed: readonly string[];
}

/** Steps before those that are timed, besides the first. */
const WARM_UP = 2;
/** Longer than thread pools spin after their last task. */
const SETTLE_MS = 300;

interface Running {
  readonly role: Role;
  readonly contender: Contender;
  readonly ready: Ready;
  readonly rounds: number[][];
}

/** Runs a work's contenders in turn, each in a process of its own, and says what it is doing. */
export async function bench(
  work: Work,
  options: BenchOptions,
  say: (message: string) => void = () => {},
): Promise<BenchResult> {
  const missing: string[] = [];
  const failed: string[] = [];
  const running: Running[] = [];
  /** Does something for a contender; one that fails is out. */
  const attempt = async (role: Role, body: () => Promise<void>) => {
    try {
      await body();
    } catch (error) {
      failed.push(`${titles[role]} failed: ${error instanceof Error ? error.message : error}`);
      const index = running.findIndex((each) => each.role === role);
      if (index >= 0) running.splice(index, 1)[0]!.contender.stop();
    }
  };
  const start = async (role: Role, command: Command) => {
    say(`first call of ${titles[role]}`);
    const { contender, ready } = await Contender.start(command);
    running.push({ role, contender, ready, rounds: [] });
    await contender.run(WARM_UP);
  };
  const startPeer = async (name: PeerName) => {
    say(`preparing ${titles[name]}`);
    const peer = await preparePeer(name, { task: work.task, ...options });
    if ('missing' in peer) {
      missing.push(peer.missing);
      return;
    }
    try {
      await start(name, peer.command);
    } finally {
      await peer.release();
    }
  };

  const measured: Measured[] = [];
  try {
    await attempt('chui', () => start('chui', chuiCommand(work, options, false)));
    for (const name of work.peers) await attempt(name, () => startPeer(name));
    await attempt('floor', () => start('floor', chuiCommand(work, options, true)));
    for (let round = 0; round < options.rounds; round++) {
      // Each round begins with another, so that none always follows the same.
      const first = round % Math.max(running.length, 1);
      for (const { role, contender, rounds } of [...running.slice(first), ...running.slice(0, first)]) {
        say(`round ${round + 1} of ${options.rounds}: ${titles[role]}`);
        await setTimeout(SETTLE_MS);
        await attempt(role, async () => void rounds.push(await contender.run(options.steps)));
      }
    }
    for (const { role, contender, ready, rounds } of [...running]) {
      await attempt(role, async () => {
        measured.push({ role, ...ready, rounds, peakBytes: await contender.finish() });
      });
    }
  } finally {
    for (const { contender } of running) contender.stop();
  }
  return { measured, missing, failed };
}

function chuiCommand({ task }: Work, { threads, xla }: BenchOptions, floor: boolean): Command {
  const argument: ChuiArguments = { task, threads, xla, floor };
  const script = fileURLToPath(new URL('./chui_contender.js', import.meta.url));
  return { command: process.execPath, args: [script, JSON.stringify(argument)] };
}
