import type { Tokenizer } from '@chui/tokenizer';

/** How large a model is. */
interface ModelSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly dropout: number;
}

/** What goes into a model's configuration besides its sizes. */
interface Inputs {
  readonly tokenizer: Tokenizer;
  /** Most tokens of an example: there are positions for so many. */
  readonly maxLength: number;
}

/** What architectures have of their own where they are trained from nothing. */
export interface Architecture {
  /** The kind of vocabulary that is trained for it. */
  readonly vocabulary: 'wordPiece' | 'byteLevelBpe';
  /** Its tokenizer in Python's transformers. */
  readonly tokenizerClass: string;
  /** What transformers gives the model of what the tokenizer makes. */
  readonly inputNames: readonly string[];
  /** Whether there is a class of it that learns next sentences. */
  readonly hasNextSentence: boolean;
  config(sizes: ModelSizes, inputs: Inputs): Record<string, unknown>;
}

const IDS = ['input_ids', 'attention_mask'];
const IDS_AND_TYPES = ['input_ids', 'token_type_ids', 'attention_mask'];

const bertSizes = ({ layers, width, heads, intermediate, dropout }: ModelSizes) => ({
  hiddenSize: width,
  numHiddenLayers: layers,
  numAttentionHeads: heads,
  intermediateSize: intermediate,
  hiddenDropoutProb: dropout,
  attentionProbsDropoutProb: dropout,
});

const tokens = ({ vocabSize, padTokenId }: Tokenizer) => ({ vocabSize, padTokenId });

/** Architectures that can be trained from nothing, by the name that config.json has for them. */
export const architectures: Readonly<Record<ArchitectureName, Architecture>> = {
  bert: {
    vocabulary: 'wordPiece',
    tokenizerClass: 'BertTokenizer',
    inputNames: IDS_AND_TYPES,
    hasNextSentence: true,
    config: (sizes, { tokenizer, maxLength }) => ({
      ...{ ...tokens(tokenizer), ...bertSizes(sizes) },
      maxPositionEmbeddings: maxLength,
    }),
  },
  distilbert: {
    vocabulary: 'wordPiece',
    tokenizerClass: 'DistilBertTokenizer',
    inputNames: IDS,
    hasNextSentence: false,
    config: ({ layers, width, heads, intermediate, dropout }, { tokenizer, maxLength }) => ({
      ...tokens(tokenizer),
      ...{ nLayers: layers, dim: width, nHeads: heads, hiddenDim: intermediate },
      ...{ dropout, attentionDropout: dropout, maxPositionEmbeddings: maxLength },
    }),
  },
  roberta: {
    vocabulary: 'byteLevelBpe',
    tokenizerClass: 'RobertaTokenizer',
    inputNames: IDS,
    hasNextSentence: false,
    config: (sizes, { tokenizer, maxLength }) => ({
      ...{ ...tokens(tokenizer), ...bertSizes(sizes) },
      ...{ bosTokenId: tokenizer.clsTokenId, eosTokenId: tokenizer.sepTokenId },
      ...{ typeVocabSize: 1, layerNormEps: 1e-5 },
      // Positions are counted from the one after the padding's id.
      maxPositionEmbeddings: maxLength + tokenizer.padTokenId + 1,
    }),
  },
  albert: {
    vocabulary: 'wordPiece',
    tokenizerClass: 'BertTokenizer',
    inputNames: IDS_AND_TYPES,
    hasNextSentence: false,
    config: (sizes, { tokenizer, maxLength }) => ({
      ...{ ...tokens(tokenizer), ...bertSizes(sizes) },
      ...{ bosTokenId: tokenizer.clsTokenId, eosTokenId: tokenizer.sepTokenId },
      ...{ embeddingSize: Math.min(128, sizes.width), maxPositionEmbeddings: maxLength },
    }),
  },
};

export const architectureNames = ['bert', 'distilbert', 'roberta', 'albert'] as const;
export type ArchitectureName = (typeof architectureNames)[number];
