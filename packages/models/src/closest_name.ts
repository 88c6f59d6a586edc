/**
 * The one of some names that another was probably meant to be: by the fewest letters to change, upper case and underscores
 * aside. Undefined if that is more than a third of the letters.
 *
 * @example
 * closestName('learning_rate', ['epochs', 'learningRate']); // => 'learningRate'
 */
export function closestName(name: string, names: readonly string[]): string | undefined {
  const own = letters(name);
  const distances = names.map((each) => distance(own, letters(each)));
  const least = Math.min(...distances);
  return least <= Math.ceil(own.length / 3) ? names[distances.indexOf(least)] : undefined;
}

const letters = (name: string) => name.toLowerCase().replaceAll('_', '');

/** Levenshtein's: letters to put in, leave out or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let at = 0; at < b.length; at++) {
      next.push(Math.min(row[at + 1]! + 1, next[at]! + 1, row[at]! + (letter === b[at] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
