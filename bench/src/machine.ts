import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** What a timing depends on besides the programs. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

export const machine = (): Machine => ({
  processor: cpus()[0]?.model.trim() ?? process.arch,
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  system: `${type()} ${release()}`,
  node: process.version,
});

export const describeMachine = ({ processor, cores, memoryBytes, system, node }: Machine): string =>
  `${processor}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}, Node ${node}`;
