import { RnnSeq2Seq, type Seq2SeqModel, TransformerSeq2Seq, TranslationPipeline } from '@chui/models';
import { characterTokenizer, type Tokenizer, wordTokenizer } from '@chui/tokenizer';
import { type Example, encodePairs } from '../data/examples.js';
import type { Pair, PairSplits } from '../data/pair.js';
import type { TrainingArgs } from '../trainer/args.js';
import type { TrainResult } from '../trainer/callback.js';
import { Trainer, type TrainerOptions } from '../trainer/trainer.js';

/** An RNN without attention, an RNN with attention, a Transformer. */
export type TranslatorKind = 'rnn' | 'attention' | 'transformer';

/** What a text is cut into. */
export type TokenKind = 'character' | 'word';

/** What a translator is made of, and how it is trained. */
export interface TranslatorRecipe extends TrainingArgs {
  readonly kind: TranslatorKind;
  readonly sourceTokens: TokenKind;
  readonly targetTokens: TokenKind;
  /** Times that a token must stand in the training texts to be in the vocabulary; 1 by default. */
  readonly minFrequency?: number | undefined;
  /** Width of every state and embedding. */
  readonly width: number;
  /** Blocks of the Transformer's encoder, and of its decoder; 2 by default. */
  readonly layers?: number | undefined;
  /** Heads of the Transformer; one for each 32 of its width by default. */
  readonly heads?: number | undefined;
  /** Whether the Transformer normalises before its parts, as by default, or after them. */
  readonly normFirst?: boolean | undefined;
  /** Whether the RNN with attention reads what it attended to last, as by default; without it, training is faster. */
  readonly inputFeeding?: boolean | undefined;
  readonly dropout?: number | undefined;
  /** Longest text in tokens, begin and end included; longer ones are cut for training. Default 64. */
  readonly maxLength?: number | undefined;
}

export interface TrainedTranslator extends TrainResult {
  readonly pipeline: TranslationPipeline;
}

/**
 * Trains a translator: vocabularies from the training texts, a model of the kind, early stopping on the dev texts. The
 * same recipe and data give the same translator on the same machine and backend.
 */
export async function trainTranslator(
  { train, dev }: Pick<PairSplits, 'train' | 'dev'>,
  recipe: TranslatorRecipe,
  { callbacks = [], checkpoints }: Pick<TrainerOptions<Example>, 'callbacks' | 'checkpoints'> = {},
): Promise<TrainedTranslator> {
  const { maxLength = 64, minFrequency } = recipe;
  const sourceTokenizer = makeTokenizer(
    recipe.sourceTokens,
    train.map(({ source }) => source),
    minFrequency,
  );
  const targetTokenizer = makeTokenizer(
    recipe.targetTokens,
    train.map(({ target }) => target),
    minFrequency,
  );
  const encode = (pairs: readonly Pair[]) =>
    encodePairs(pairs, { sourceTokenizer, targetTokenizer, maxLength, truncation: true });
  const trainDataset = encode(train);
  const longest = trainDataset.reduce((most, { labels }) => Math.max(most, labels.length), 0);
  const model = makeModel(recipe, sourceTokenizer, targetTokenizer, maxLength, longest);
  const trainer = new Trainer({
    model,
    args: trainingArgsOf(recipe),
    trainDataset,
    evalDataset: encode(dev),
    callbacks,
    checkpoints,
  });
  const result = await trainer.train();
  return { ...result, pipeline: new TranslationPipeline(model, sourceTokenizer, targetTokenizer) };
}

/** What of a recipe is the Trainer's. */
function trainingArgsOf({
  kind,
  sourceTokens,
  targetTokens,
  minFrequency,
  width,
  layers,
  heads,
  normFirst,
  inputFeeding,
  dropout,
  maxLength,
  ...args
}: TranslatorRecipe): TrainingArgs {
  return args;
}

/** Words where the texts have spaces, else characters: what a side's texts look like. */
export function tokenKindOf(texts: readonly string[]): TokenKind {
  const spaced = texts.filter((text) => text.trim().includes(' ')).length;
  return spaced > texts.length / 2 ? 'word' : 'character';
}

/** Heads of a Transformer where nothing is said: one for each 32 of its width. */
export function headsFor(width: number): number {
  return Math.max(1, Math.round(width / 32));
}

function makeTokenizer(kind: TokenKind, texts: readonly string[], minFrequency?: number): Tokenizer {
  return (kind === 'character' ? characterTokenizer : wordTokenizer)(texts, { minFrequency });
}

function makeModel(
  recipe: TranslatorRecipe,
  source: Tokenizer,
  target: Tokenizer,
  maxLength: number,
  longestTarget: number,
): Seq2SeqModel {
  const { kind, width, layers = 2, dropout = 0, seed = 0 } = recipe;
  const shared = {
    vocabSize: source.vocabSize,
    decoderVocabSize: target.vocabSize,
    padTokenId: source.padTokenId!,
    eosTokenId: target.eosTokenId!,
    decoderStartTokenId: target.bosTokenId!,
    dropout,
    // Some more than it has seen, and the start id.
    maxLength: Math.ceil(1.25 * longestTarget) + 1,
  };
  if (kind !== 'transformer') {
    return RnnSeq2Seq.fromConfig(
      {
        ...shared,
        embeddingSize: width,
        hiddenSize: width,
        attention: kind === 'rnn' ? 'none' : 'general',
        inputFeeding: recipe.inputFeeding,
      },
      { seed },
    );
  }
  const { heads = headsFor(width), normFirst = true } = recipe;
  return TransformerSeq2Seq.fromConfig(
    {
      ...shared,
      dModel: width,
      encoderLayers: layers,
      decoderLayers: layers,
      encoderAttentionHeads: heads,
      decoderAttentionHeads: heads,
      encoderFfnDim: 4 * width,
      decoderFfnDim: 4 * width,
      normFirst,
      maxPositionEmbeddings: Math.ceil(1.25 * maxLength) + 1,
    },
    { seed },
  );
}
