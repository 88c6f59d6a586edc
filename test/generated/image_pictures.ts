import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Panel } from '../../packages/cli/src/pictures/heat_map.js';
import type { PairwiseSelfAttention2D, PatchwiseSelfAttention2D } from '../../packages/layers/src/index.js';
import { weightsOf } from './sharpened.js';

/** A square, whose right half is darker. */
const image = ['.......', '.......', '..##++.', '..##++.', '..##++.', '..##++.', '.......'].map((row) =>
  [...row].map((sign) => ({ '#': 1, '+': 0.5 })[sign] ?? 0),
);
/** Pixels whose footprints are drawn: on the ground, inside, at an edge, in the corner. */
const pixels = [
  [1, 1],
  [3, 3],
  [4, 5],
  [6, 6],
] as const;

const names = image.map((_, i) => String(i + 1));
const kernelSize = 5;
/** Options of the layers that are drawn: one weight for each place of a footprint. */
export const ofPixels = { outputDim: 1, sharePlanes: 1, kernelSize, returnWeights: true } as const;

/** An image, and where in it some of its pixels look. */
export function imagePicture(layer: PairwiseSelfAttention2D | PatchwiseSelfAttention2D): Panel[] {
  const weights = tidy(() => {
    const x = tensor([image.map((row) => row.map((value) => [value]))]); // (1, 7, 7, 1)
    const [all] = weightsOf(layer, x, 1) as [Tensor];
    return all.arraySync() as number[][][][][]; // (1, 7, 7, K², 1)
  });
  const reach = (kernelSize - 1) / 2;
  const panel = (title: string, cells: number[][]): Panel => ({
    title,
    rows: names,
    columns: names,
    weights: cells,
  });
  return [
    panel('image', image),
    ...pixels.map(([row, column]): Panel => {
      const footprint = weights[0]![row]![column]!;
      const cells = image.map((line, i) =>
        line.map((_, j) => {
          const [down, right] = [i - row + reach, j - column + reach];
          const inside = [down, right].every((offset) => offset >= 0 && offset < kernelSize);
          return inside ? footprint[down * kernelSize + right]![0]! : 0;
        }),
      );
      return { ...panel(`of (${row + 1}, ${column + 1})`, cells), framed: [row, column] };
    }),
  ];
}
