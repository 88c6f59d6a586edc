/**
 * How sines and cosines share the columns of a table of width D.
 *
 * - `interleaved`: column 2i is sin(p / 10000^(2i/D)), column 2i + 1 its cosine (Vaswani et al. 2017)
 * - `half`: the same angles, all sines before all cosines (Marian)
 * - `tensor2tensor`: all sines before all cosines of p · 10000^(−i / (D/2 − 1))
 */
export type SinusoidalLayout = 'interleaved' | 'half' | 'tensor2tensor';

const layouts: readonly SinusoidalLayout[] = ['interleaved', 'half', 'tensor2tensor'];

/** @throws RangeError unless there is such a layout. */
export function sinusoidalLayout(layout: SinusoidalLayout): SinusoidalLayout {
  if (layouts.includes(layout)) return layout;
  throw new RangeError(`layout must be one of ${layouts.join(', ')}, but is ${layout}`);
}

/**
 * Rows of the positions 0 … length − 1, one after the other, each `width` numbers, computed in float64.
 *
 * @throws RangeError if the width is odd
 */
export function sinusoidalTable(length: number, width: number, layout: SinusoidalLayout): Float32Array {
  if (width % 2 !== 0) throw new RangeError(`width must be even, but is ${width}`);
  const half = width / 2;
  const steps = layout === 'tensor2tensor' ? Math.max(half - 1, 1) : half;
  const table = new Float32Array(length * width);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * 10000 ** (-i / steps);
      const [sine, cosine] = layout === 'interleaved' ? [2 * i, 2 * i + 1] : [i, half + i];
      table[position * width + sine] = Math.sin(angle);
      table[position * width + cosine] = Math.cos(angle);
    }
  }
  return table;
}
