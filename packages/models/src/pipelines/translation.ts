import { openFiles, saveFiles } from '@chui/hub';
import { Tokenizer } from '@chui/tokenizer';
import { AutoModelForSeq2SeqLM } from '../auto/auto_models.js';
import type { AttentionMap, GenerationConfig } from '../generation/config.js';
import { layersModelFiles } from '../layers_model_files.js';
import type { Seq2SeqModel } from '../seq2seq.js';

/** A translated text. */
export interface Translation {
  text: string;
  /** Σ log p / length^lengthPenalty; with beams only. */
  score?: number;
  /** What the model read, its begin and end tokens included. */
  sourceTokens: string[];
  /** What the model said, the end token included where it came. */
  targetTokens: string[];
  /** With `outputAttentions`, for each layer: (heads, targetTokens, slots); slots past sourceTokens are padding. */
  crossAttentions?: AttentionMap[];
}

/** How a batch of texts is translated. */
export interface TranslationOptions
  extends Omit<GenerationConfig, 'returnDictInGenerate' | 'numReturnSequences'> {
  /** Texts that the model translates at once. Default 64. */
  batchSize?: number;
}

/** Text in, text out: a sequence-to-sequence model with the tokenizers of its two sides. */
export class TranslationPipeline {
  constructor(
    readonly model: Seq2SeqModel,
    readonly sourceTokenizer: Tokenizer,
    readonly targetTokenizer: Tokenizer,
  ) {}

  /**
   * Loads what `save` wrote.
   *
   * @param name a directory, or a URL of one
   */
  static async fromPretrained(name: string): Promise<TranslationPipeline> {
    const files = await openFiles(name);
    const model = await AutoModelForSeq2SeqLM.fromFiles(files);
    const tokenizer = async (side: string) =>
      Tokenizer.fromJSON(await files.text(`${side}_tokenizer/tokenizer.json`));
    try {
      return new TranslationPipeline(model, await tokenizer('source'), await tokenizer('target'));
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /**
   * Translates texts, those of like length together.
   *
   * @returns one translation a text, in the order of the texts
   */
  async translate(texts: readonly string[], options: TranslationOptions = {}): Promise<Translation[]> {
    const { batchSize = 64, ...generation } = options;
    const order = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length);
    const translations: Translation[] = [];
    for (let start = 0; start < order.length; start += batchSize) {
      const rows = order.slice(start, start + batchSize);
      const { inputIds, attentionMask, encodings } = this.sourceTokenizer.encodeBatch(
        rows.map((row) => texts[row]!),
      );
      const output = await this.model.generate(
        { inputIds, attentionMask },
        { ...generation, returnDictInGenerate: true },
      );
      rows.forEach((row, i) => {
        const ids = output.sequences[i]!.slice(1);
        translations[row] = {
          text: this.targetTokenizer.decode(ids, { skipSpecialTokens: true }),
          ...(output.sequencesScores && { score: output.sequencesScores[i]! }),
          sourceTokens: encodings[i]!.tokens.filter((_, slot) => attentionMask[i]![slot] === 1),
          targetTokens: ids.map((id) => this.targetTokenizer.idToToken(id) ?? ''),
          ...(output.crossAttentions && { crossAttentions: output.crossAttentions[i]! }),
        };
      });
    }
    return translations;
  }

  /**
   * Writes config.json and model.safetensors, the tokenizers in source_tokenizer/ and target_tokenizer/, and the model
   * for plain tfjs in layers_model/.
   */
  async save(directory: string): Promise<void> {
    const layersModel = await layersModelFiles(this.model.toLayersModel());
    await saveFiles(directory, {
      'source_tokenizer/tokenizer.json': JSON.stringify(this.sourceTokenizer, null, 2),
      'target_tokenizer/tokenizer.json': JSON.stringify(this.targetTokenizer, null, 2),
      ...Object.fromEntries(
        Object.entries(layersModel).map(([name, content]) => [`layers_model/${name}`, content]),
      ),
      ...(await this.model.toFiles()),
    });
  }
}
