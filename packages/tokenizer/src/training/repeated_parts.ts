/** A part of a text that is there several times. */
export interface RepeatedPart {
  /** Where one of them begins. */
  start: number;
  length: number;
  count: number;
  /** Parts in the order of their symbols; of parts with the same order the shorter comes first. */
  order: number;
}

/** What parts do not go across. */
export const separator = 0;

/**
 * The parts of two to `longest` symbols that are there several times and that what follows does not make longer: all
 * their places do not have the same symbol after them. Takes n log `longest` steps for n symbols to sort the places, and
 * at most n times `longest` to compare neighbours.
 *
 * @param text ends with a separator
 */
export function* repeatedParts(text: Int32Array, longest: number): Generator<RepeatedPart> {
  const places = sortPlaces(text, longest + 1);
  const lefts = [0]; // of the parts that are open, each within the one before,
  const lengths = [0]; // and their lengths
  for (let i = 1; i <= places.length; i++) {
    const shared = i === places.length ? 0 : sharedLength(text, places[i - 1]!, places[i]!, longest + 1);
    let left = i - 1;
    while (lengths.at(-1)! > shared) {
      const length = lengths.pop()!;
      left = lefts.pop()!;
      if (length > 1 && length <= longest)
        yield { start: places[left]!, length, count: i - left, order: left };
    }
    if (lengths.at(-1)! < shared) {
      lefts.push(left);
      lengths.push(shared);
    }
  }
}

/** How many symbols are the same from two places on: `most` if that goes on to a separator. */
function sharedLength(text: Int32Array, a: number, b: number, most: number): number {
  for (let length = 0; length < most; length++) {
    const symbol = text[a + length]!;
    if (symbol !== text[b + length]) return length;
    if (symbol === separator) return most;
  }
  return most;
}

/** The places in the text ordered by their next `depth` symbols at least: by 1, then 2, then 4 of them, and so on. */
function sortPlaces(text: Int32Array, depth: number): Int32Array {
  const { length } = text;
  let ranks = rankSymbols(text);
  let places = sortByRank(
    Int32Array.from(text, (_, place) => place),
    ranks,
  );
  for (let known = 1; known < depth && known < length; known *= 2) {
    const bySecond = new Int32Array(length);
    let next = 0;
    for (let place = length - known; place < length; place++) bySecond[next++] = place;
    for (const place of places) if (place >= known) bySecond[next++] = place - known;
    places = sortByRank(bySecond, ranks);
    ranks = refineRanks(places, ranks, known);
  }
  return places;
}

function rankSymbols(text: Int32Array): Int32Array {
  const symbols = [...new Set(text)].sort((a, b) => a - b);
  const ranks = new Map(symbols.map((symbol, rank) => [symbol, rank]));
  return text.map((symbol) => ranks.get(symbol)!);
}

/** Sorts places by their rank; those of the same rank stay in their order. */
function sortByRank(places: Int32Array, ranks: Int32Array): Int32Array {
  const starts = new Int32Array(places.length + 1);
  for (const rank of ranks) starts[rank + 1]!++;
  for (let rank = 1; rank < starts.length; rank++) starts[rank]! += starts[rank - 1]!;
  const sorted = new Int32Array(places.length);
  for (const place of places) sorted[starts[ranks[place]!]!++] = place;
  return sorted;
}

/** Ranks by twice as many symbols, of places that are sorted by so many. */
function refineRanks(places: Int32Array, ranks: Int32Array, known: number): Int32Array {
  const refined = new Int32Array(ranks.length);
  const second = (place: number) => (place + known < ranks.length ? ranks[place + known]! : -1);
  for (let i = 1; i < places.length; i++) {
    const [before, place] = [places[i - 1]!, places[i]!];
    const isSame = ranks[before] === ranks[place] && second(before) === second(place);
    refined[place] = refined[before]! + (isSame ? 0 : 1);
  }
  return refined;
}
