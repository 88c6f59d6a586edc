/** Seconds as `5 s`, `1:05` or `1:01:05`. */
export function duration(seconds: number): string {
  if (seconds === Infinity) return '?';
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, index) => (index === 0 ? `${part}` : String(part).padStart(2, '0'))).join(':');
}

/** Bytes as `1.5 GiB`. */
export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** What a training reads in a second: tokens, or examples where they have none. */
export function speed({
  tokensPerSecond,
  examplesPerSecond,
}: {
  readonly tokensPerSecond: number;
  readonly examplesPerSecond: number;
}): string {
  if (tokensPerSecond > 0) return `${Math.round(tokensPerSecond).toLocaleString('en')} tokens/s`;
  return `${Math.round(examplesPerSecond).toLocaleString('en')} examples/s`;
}
