/** @throws RangeError if there is no prediction, or not one reference for each */
export function checkPaired(predictions: ArrayLike<unknown>, references: ArrayLike<unknown>): void {
  if (predictions.length === 0) throw new RangeError('predictions must not be empty');
  if (references.length !== predictions.length) {
    throw new RangeError(
      `references must be as many as predictions, ${predictions.length}, but are ${references.length}`,
    );
  }
}
