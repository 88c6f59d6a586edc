import { Registry } from '../json/registry.js';
import type { PostProcessor } from './post_processor.js';
import { TemplateProcessing } from './template_processing.js';

/** The post-processors that a tokenizer.json may name. */
export const postProcessors = new Registry<PostProcessor>('post-processor', {
  TemplateProcessing: TemplateProcessing.fromJSON,
});
