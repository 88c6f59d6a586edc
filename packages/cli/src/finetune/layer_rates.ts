import type { TrainingArgs } from '@chui/training';

/** What of a model learns, and how fast. */
export interface LayerOptions {
  /** How many of the lowest layers stay as they are, and the embeddings with them; 0 for these alone. */
  readonly freezeLayers?: number | undefined;
  /** Factor of the learning rate of each layer to that of the layer above. */
  readonly layerDecay?: number | undefined;
}

const PARTS = [
  /^(?:.*\.)?(?:embeddings|embeddings_project|embedding_hidden_mapping_in|wte|wpe|embed_\w+|project_in)(?=\.)/,
  /^(?:.*?\.)?(?:layers?|h|albert_layer_groups)\.\d+(?=\.)/,
];

/** Beginnings of the names of a model's parameters: the embeddings', and each layer's from the lowest. */
export function modelParts(names: readonly string[]): { embeddings: string[]; layers: string[] } {
  const [embeddings, layers] = PARTS.map((part) => [
    ...new Set(names.flatMap((name) => part.exec(name)?.[0] ?? [])),
  ]);
  return { embeddings: embeddings!, layers: layers! };
}

/**
 * The arguments of a training whose lower layers stay as they are, or learn more slowly the lower they are: the head at
 * the whole rate, the highest layer at layerDecay times it, the one below at layerDecay² …, the embeddings slowest.
 *
 * @param names of the model's parameters
 * @throws RangeError if fewer layers are there than are to stay.
 * @see Howard & Ruder (2018), section 3.2, https://arxiv.org/abs/1801.06146
 */
export function withLayerRates(
  args: TrainingArgs,
  names: readonly string[],
  { freezeLayers, layerDecay }: LayerOptions,
): TrainingArgs {
  const { embeddings, layers } = modelParts(names);
  if (freezeLayers !== undefined && freezeLayers > layers.length) {
    throw new RangeError(
      `freezeLayers must be at most ${layers.length}, the layers of the model, but is ${freezeLayers}`,
    );
  }
  const frozen = freezeLayers === undefined ? [] : [...embeddings, ...layers.slice(0, freezeLayers)];
  const depth = layers.length;
  const rates =
    layerDecay === undefined
      ? []
      : [
          ...layers.map((part, layer) => [part, layerDecay ** (depth - layer)] as const),
          ...embeddings.map((part) => [part, layerDecay ** (depth + 1)] as const),
        ];
  return {
    ...args,
    ...(frozen.length > 0 && {
      freeze: [...((args.freeze as readonly string[] | undefined) ?? []), ...frozen],
    }),
    ...(rates.length > 0 && {
      learningRates: { ...(args.learningRates as object), ...Object.fromEntries(rates) },
    }),
  };
}
