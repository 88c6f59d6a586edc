import type { Tensor } from '@tensorflow/tfjs-core';

/** @throws RangeError if labels have not the shape of what is compared with them */
export function sameShape(name: string, { shape }: Tensor, labels: Tensor): void {
  if (shape.length !== labels.rank || shape.some((size, axis) => size !== labels.shape[axis])) {
    throw new RangeError(`labels must have the shape of ${name} [${shape}], but have [${labels.shape}]`);
  }
}
