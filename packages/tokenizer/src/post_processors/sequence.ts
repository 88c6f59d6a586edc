import type { Encoding } from '../encoding.js';
import type { JsonNode } from '../json/json_node.js';
import type { Registry } from '../json/registry.js';
import type { PostProcessor } from './post_processor.js';

/** Post-processors one after the other. */
export class PostProcessorSequence implements PostProcessor {
  constructor(private readonly processors: PostProcessor[]) {}

  static fromJSON(json: JsonNode, registry: Registry<PostProcessor>): PostProcessorSequence {
    const parts = json.get('processors').items();
    return new PostProcessorSequence(parts.map((part) => registry.build(part)));
  }

  addedTokens(isPair: boolean): number {
    return this.processors.reduce((sum, processor) => sum + processor.addedTokens(isPair), 0);
  }

  process(encodings: Encoding[], addSpecialTokens: boolean): Encoding[] {
    return this.processors.reduce(
      (processed, processor) => processor.process(processed, addSpecialTokens),
      encodings,
    );
  }

  toJSON(): object {
    return { type: 'Sequence', processors: this.processors };
  }
}
