/** How large a model is. */
interface ModelSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** As the architecture has it, where it is not said. */
  readonly intermediate?: number | undefined;
  readonly dropout: number;
}

/** Keys of config.json for sizes, but for those that all architectures share. */
type Architecture = (sizes: ModelSizes, context: number) => Record<string, unknown>;

export const architectureNames = ['gpt2', 'llama', 'mistral', 'qwen2', 'gpt_neox', 'opt', 'rnn_lm'] as const;
export type ArchitectureName = (typeof architectureNames)[number];

/** Width of a network without a gate. */
const plain = ({ width, intermediate = 4 * width }: ModelSizes): number => intermediate;
/** Of a gated one, which has three matrices in the place of two: two thirds of that, as a multiple of 8. */
const gated = ({ width, intermediate = 8 * Math.ceil(width / 3) }: ModelSizes): number => intermediate;

const usual = ({ layers, width, heads }: ModelSizes, context: number) => ({
  hiddenSize: width,
  numHiddenLayers: layers,
  numAttentionHeads: heads,
  maxPositionEmbeddings: context,
});

const llama: Architecture = (sizes, context) => ({
  ...usual(sizes, context),
  numKeyValueHeads: sizes.heads,
  intermediateSize: gated(sizes),
  attentionDropout: sizes.dropout,
});

/** What can be trained from nothing, by the name that config.json has for them. */
export const architectures: Readonly<Record<ArchitectureName, Architecture>> = {
  gpt2: (sizes, context) => ({
    ...{ nEmbd: sizes.width, nLayer: sizes.layers, nHead: sizes.heads, nInner: plain(sizes) },
    ...{ nPositions: context },
    ...{ residPdrop: sizes.dropout, embdPdrop: sizes.dropout, attnPdrop: sizes.dropout },
  }),
  llama,
  mistral: (sizes, context) => ({ ...llama(sizes, context), slidingWindow: null }),
  qwen2: llama,
  gpt_neox: (sizes, context) => ({
    ...usual(sizes, context),
    intermediateSize: plain(sizes),
    ...{ hiddenDropout: sizes.dropout, attentionDropout: sizes.dropout },
  }),
  opt: (sizes, context) => ({
    ...usual(sizes, context),
    ffnDim: plain(sizes),
    padTokenId: null,
    ...{ dropout: sizes.dropout, attentionDropout: sizes.dropout },
  }),
  rnn_lm: ({ layers: numLayers, width: hiddenSize, dropout }) => ({ numLayers, hiddenSize, dropout }),
};
