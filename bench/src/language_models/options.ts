/** How a language model of characters is trained; two runs with the same of these and seed do the same. */
export interface LanguageModelTraining {
  /** A text, of which the first nine tenths are learned and the others scored. */
  readonly text: string;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly context: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly warmupSteps: number;
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly beta2: number;
  readonly weightDecay: number;
  readonly threads: number;
}

/** What a side tells of a training. */
export interface TrainedLanguageModel {
  /** Of each update. */
  readonly losses: readonly number[];
  /** Mean over all characters of the text that is scored, but the first. */
  readonly evalLoss: number;
  /** Of the updates alone, recording and compiling included. */
  readonly trainSeconds: number;
  /** Of scoring the text. */
  readonly evalSeconds: number;
  /** The most memory that was resident at the end of the training. */
  readonly peakBytes: number;
  readonly parameters: number;
}
