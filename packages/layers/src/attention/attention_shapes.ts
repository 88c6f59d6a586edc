import type { Shape } from '@tensorflow/tfjs-layers';
import { type Shapes, sequenceShape } from '../layer.js';

/** The shapes of an attention's inputs, of which those of query, key and value are checked. */
export function attentionShapes(
  shapes: Shapes,
): [query: Shape, key: Shape, value: Shape, mask?: Shape, bias?: Shape] {
  const list = shapes as Shape[];
  if (!Array.isArray(list[0]) || list.length < 3 || list.length > 5) {
    const only = Array.isArray(list[0]) && list.length > 1 ? 's' : '';
    throw new RangeError(
      `inputs must be [query, key, value, mask?, bias?], but have the shape${only} ${JSON.stringify(shapes)}`,
    );
  }
  const [query, key, value, ...rest] = list as [Shape, Shape, Shape, Shape?, Shape?];
  for (const [name, shape] of Object.entries({ query, key, value })) sequenceShape(name, shape);
  if (key[1] !== value[1] && key[1] != null && value[1] != null) {
    throw new RangeError(`value must have as many slots as the key, ${key[1]}, but has ${value[1]}`);
  }
  return [query, key, value, ...rest];
}

/**
 * @param name of the mask or bias
 * @param pairs shape of the scores: (B, T, S), or (B, H, T, S)
 * @throws RangeError unless the shape can be broadcast to that of the scores, as (B, S) too if it is not called bias
 */
export function checkMask(name: string, shape: Shape, pairs: Shape): void {
  const [batch, target, source] = [pairs[0]!, pairs.at(-2)!, pairs.at(-1)!];
  const fits = (expected: Shape) =>
    shape.every((size, axis) => {
      const whole = expected[axis];
      return size === 1 || size === whole || size == null || whole == null;
    });
  const heads = pairs.length === 4 ? pairs[1]! : 1;
  const accepted: Record<number, Shape | undefined> = {
    2: name === 'bias' ? undefined : [batch, source],
    3: [batch, target, source],
    4: [batch, heads, target, source],
  };
  const expected = accepted[shape.length];
  if (!expected) {
    const ranks = name === 'bias' ? '(B, T, S) or (B, H, T, S)' : '(B, S), (B, T, S) or (B, H, T, S)';
    throw new RangeError(`${name} must be of shape ${ranks}, but has shape [${shape}]`);
  }
  if (!fits(expected)) {
    const axes = expected.map((size) => size ?? 'any').join(', ');
    throw new RangeError(`${name} must be of shape (${axes}), where axes may be 1, but has shape [${shape}]`);
  }
}

/** @throws RangeError unless the mask has the shape of what it hides, as far as both are known. */
export function checkFlags(name: string, mask: Shape, expected: Shape): void {
  const fits = expected.every((size, axis) => size == null || mask[axis] == null || mask[axis] === size);
  if (mask.length === expected.length && fits) return;
  const axes = expected.map((size) => size ?? 'any').join(', ');
  throw new RangeError(`${name} must be of shape (${axes}), but has shape [${mask}]`);
}
