/** The text as a regular expression that matches it alone. */
export const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Turns a regular expression of Oniguruma into one of JavaScript with the flag `v`. */
export function translateRegex(source: string): string {
  return source;
}
