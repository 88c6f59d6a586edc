/** What a set-up is doing. */
export interface SetupEvent {
  readonly stage: 'wait' | 'search' | 'download' | 'unpack' | 'compile' | 'test' | 'note';
  /** One line for people. */
  readonly message: string;
  /** How much of the stage is done, 0 to 1, where it is known. */
  readonly fraction?: number;
}

export type Report = (event: SetupEvent) => void;
