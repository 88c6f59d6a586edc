import { type ModelFiles, openFiles } from '@chui/hub';
import { readConfig } from './config.js';
import { loadModel } from './model.js';
import { RnnSeq2Seq } from './rnn_seq2seq/rnn_seq2seq.js';
import type { Seq2SeqModel } from './seq2seq.js';
import { TransformerSeq2Seq } from './transformer_seq2seq/transformer_seq2seq.js';

/** An encoder-decoder of whatever architecture its config.json names. */
export const AutoModelForSeq2SeqLM = {
  /**
   * @param name a directory, or a URL of one
   * @throws Error naming the file, the rule and what is there.
   */
  async fromPretrained(name: string): Promise<Seq2SeqModel> {
    return AutoModelForSeq2SeqLM.fromFiles(await openFiles(name));
  },

  /**
   * The model of files that are open already; see `fromPretrained`.
   *
   * @throws Error naming the file, the rule and what is there.
   */
  async fromFiles(files: ModelFiles): Promise<Seq2SeqModel> {
    const config = await readConfig(files);
    switch (config.modelType) {
      case RnnSeq2Seq.modelType:
        return loadModel(RnnSeq2Seq, files, config);
      case TransformerSeq2Seq.modelType:
        return loadModel(TransformerSeq2Seq, files, config);
      default:
        throw new RangeError(
          `${files.name}/config.json: model_type must be one of ${RnnSeq2Seq.modelType}, ` +
            `${TransformerSeq2Seq.modelType}, but is ${config.modelType}`,
        );
    }
  },
};
