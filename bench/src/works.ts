/** Of a Transformer encoder as BERT has it: learned positions, a norm of the embeddings, post-norm blocks, GELU. */
export interface EncoderSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Width of a feed-forward network's hidden layer. */
  readonly hidden: number;
  readonly vocabulary: number;
  /** Positions that there are embeddings for. */
  readonly positions: number;
  readonly batch: number;
  readonly length: number;
  /** Of the embeddings, the attention weights, the hidden layers, and what joins the states. */
  readonly dropout: number;
}

/** Of an LSTM encoder that reads both ways and an LSTM decoder with additive attention and input feeding. */
export interface Seq2SeqSizes {
  readonly vocabulary: number;
  /** Of embeddings, states and the attention's hidden layer. */
  readonly width: number;
  readonly batch: number;
  readonly sourceLength: number;
  readonly targetLength: number;
  /** Of the embeddings and of what the head reads. */
  readonly dropout: number;
}

/** Of multi-head attention of a sequence to itself. */
export interface AttentionSizes {
  readonly width: number;
  readonly heads: number;
  readonly batch: number;
  readonly length: number;
}

/** What a contender computes in one step; peers get it as JSON. */
export type Task = { readonly precision: 'float32' | 'bfloat16' } & (
  | { readonly model: 'classifier'; readonly training: boolean; readonly sizes: EncoderSizes }
  | { readonly model: 'maskedLm'; readonly training: true; readonly sizes: EncoderSizes }
  | { readonly model: 'seq2seq'; readonly training: true; readonly sizes: Seq2SeqSizes }
  | { readonly model: 'attention'; readonly training: true; readonly sizes: AttentionSizes }
);

export type PeerName = 'pytorch' | 'transformers';

/** Something that is timed. */
export interface Work {
  readonly description: string;
  readonly task: Task;
  readonly peers: readonly PeerName[];
}

/** Of all-MiniLM-L6-v2. */
export const encoder: EncoderSizes = {
  layers: 6,
  width: 384,
  heads: 12,
  hidden: 1536,
  vocabulary: 30_522,
  positions: 512,
  batch: 16,
  length: 128,
  dropout: 0.1,
};
const seq2seq: Seq2SeqSizes = {
  vocabulary: 8000,
  width: 256,
  batch: 64,
  sourceLength: 20,
  targetLength: 20,
  dropout: 0.1,
};

/** All works by name. A training step of a model is forward, backward, clipping to a global norm of 1 and AdamW. */
export const works: Readonly<Record<string, Work>> = {
  'encoder-train': {
    description: 'training step of an encoder with two classes',
    task: { model: 'classifier', training: true, precision: 'float32', sizes: encoder },
    peers: ['pytorch'],
  },
  'encoder-train-bfloat16': {
    description: 'the same in bfloat16 (PyTorch: autocast)',
    task: { model: 'classifier', training: true, precision: 'bfloat16', sizes: encoder },
    peers: ['pytorch'],
  },
  'encoder-forward': {
    description: 'inference with that encoder',
    task: { model: 'classifier', training: false, precision: 'float32', sizes: encoder },
    peers: ['transformers', 'pytorch'],
  },
  'encoder-forward-bfloat16': {
    description: 'the same in bfloat16 (transformers.js: float32)',
    task: { model: 'classifier', training: false, precision: 'bfloat16', sizes: encoder },
    peers: ['transformers'],
  },
  'masked-lm-train': {
    description: 'training step of that encoder with a masked-LM head, a label at every position',
    task: { model: 'maskedLm', training: true, precision: 'float32', sizes: encoder },
    peers: ['pytorch'],
  },
  'attention-train': {
    description: 'multi-head attention alone, forward and backward (PyTorch: nn.MultiheadAttention)',
    task: {
      model: 'attention',
      training: true,
      precision: 'float32',
      sizes: { width: encoder.width, heads: encoder.heads, batch: encoder.batch, length: encoder.length },
    },
    peers: ['pytorch'],
  },
  'seq2seq-train': {
    description: 'training step of an LSTM encoder-decoder with additive attention',
    task: { model: 'seq2seq', training: true, precision: 'float32', sizes: seq2seq },
    peers: ['pytorch'],
  },
};
