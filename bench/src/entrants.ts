import { fileURLToPath } from 'node:url';
import type { Entrant } from './bench.js';
import type { ChuiArguments } from './chui_contender.js';
import { preparePeer } from './peers.js';
import type { PeerName, Work } from './works.js';

export interface EntrantOptions {
  /** Threads of each contender. */
  readonly threads: number;
  /** Whether chui compiles with XLA. */
  readonly xla: boolean;
  /** The Python that has PyTorch. */
  readonly python: string;
}

const titles: Readonly<Record<PeerName, string>> = { pytorch: 'PyTorch', transformers: 'transformers.js' };

/** Who takes part in a work: chui, its peers, and the matrix products of a step alone. */
export function entrantsOf({ task, peers }: Work, options: EntrantOptions): Entrant[] {
  const { threads, xla } = options;
  const chui = (role: 'chui' | 'floor', title: string): Entrant => ({
    role,
    title,
    prepare: async () => {
      const argument: ChuiArguments = { task, threads, xla, floor: role === 'floor' };
      const script = fileURLToPath(new URL('./chui_contender.js', import.meta.url));
      return { command: { command: process.execPath, args: [script, JSON.stringify(argument)] } };
    },
  });
  return [
    chui('chui', 'chui'),
    ...peers.map(
      (name): Entrant => ({
        role: 'peer',
        title: titles[name],
        prepare: () => preparePeer(name, { task, ...options }),
      }),
    ),
    chui('floor', 'the matrix products'),
  ];
}
