import type { Compiler } from './compiler.js';

/** What a set-up is doing. */
export interface SetupEvent {
  readonly stage: 'wait' | 'search' | 'download' | 'unpack' | 'compile' | 'test' | 'note';
  /** One line for people. */
  readonly message: string;
  /** How much of the stage is done, 0 to 1, where it is known. */
  readonly fraction?: number;
}

export type Report = (event: SetupEvent) => void;

/** What every step of a set-up is told. */
export interface BuildOptions {
  readonly compiler: Compiler;
  /** Whether what is made replaces a good one that is already in its place. */
  readonly replace: boolean;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}
