import type { BackendName } from '@chui/runtime';
import type { TranslatorKind } from '@chui/training';
import type { ReportExample } from './report_page.js';
import type { ModelResult } from './results.js';

/** The kinds in the order in which they are trained, the simplest first. */
export const translatorKinds = ['rnn', 'attention', 'transformer'] as const satisfies TranslatorKind[];

/** What people read of the kinds. */
export const kindNames: Record<TranslatorKind, string> = {
  rnn: 'RNN without attention',
  attention: 'RNN with attention',
  transformer: 'Transformer',
};

/** The training of one model. */
export interface TranslateJob {
  kind: TranslatorKind;
  /** Path of the pairs; dates where it is not given. */
  data?: string;
  source?: string;
  tokens: 'auto' | 'character' | 'word';
  /** Directory of the whole comparison; the model goes into a folder named after its kind. */
  out: string;
  seconds?: number;
  epochs?: number;
  width?: number;
  layers?: number;
  learningRate?: number;
  dropout?: number;
  beams: number;
  seed: number;
  backend: 'auto' | BackendName;
  threads?: number;
  /** Whether to go on with a training that was stopped, and to leave those that are done as they are. */
  resume?: boolean;
}

/** What a training writes into result.json. */
export interface TrainedModel {
  result: ModelResult;
  examples: (Omit<ReportExample, 'outputs'> & ReportExample['outputs'][number])[];
  /** Why the training ended. */
  stopped: string;
}
