import { Registry } from '../json/registry.js';
import { BertProcessing } from './bert_processing.js';
import { ByteLevel } from './byte_level.js';
import type { PostProcessor } from './post_processor.js';
import { RobertaProcessing } from './roberta_processing.js';
import { PostProcessorSequence } from './sequence.js';
import { TemplateProcessing } from './template_processing.js';

/** The post-processors that a tokenizer.json may name. */
export const postProcessors = new Registry<PostProcessor>('post-processor', {
  BertProcessing: BertProcessing.fromJSON,
  ByteLevel: ByteLevel.fromJSON,
  RobertaProcessing: RobertaProcessing.fromJSON,
  Sequence: PostProcessorSequence.fromJSON,
  TemplateProcessing: TemplateProcessing.fromJSON,
});
