/**
 * A number in a few characters: `0`, `0.0125`, `1,234`, `12.5K`, `3M`, `2e-5`.
 *
 * @param notation `standard` writes `12,500`
 */
export function numberText(value: number, digits = 4, notation: 'compact' | 'standard' = 'compact'): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4) return value.toExponential(digits - 1).replace(/\.?0*e/, 'e');
  return value.toLocaleString('en', {
    maximumSignificantDigits: Math.min(digits, 15),
    notation: size < 1e4 ? 'standard' : notation,
  });
}
