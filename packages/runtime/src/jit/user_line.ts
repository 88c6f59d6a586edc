/** The folder of this package's code, as stacks name it. */
const own = new URL('..', import.meta.url).href.replace('file://', '');

/** The stack of the code that is running, however deep. */
export function fullStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  return stack;
}

/**
 * Where the code that is running was called by a user of tfjs and chui: ` (at file:line:column)`, with a space before it,
 * or nothing if the stack does not tell.
 */
export function userLine(): string {
  const places = fullStack()
    .split('\n')
    .map((frame) => {
      const [, place] = /\(?((?:file:\/\/|\/|[A-Z]:\\).*:\d+:\d+)\)?$/.exec(frame.trim()) ?? [];
      return place?.replace('file://', '');
    });
  const foreign = places.find(
    (place) =>
      place &&
      !/[\\/](@tensorflow|tfjs-core|tfjs-layers)[\\/]/.test(place) &&
      (!place.startsWith(own) || place.includes('.test.')),
  );
  return foreign ? ` (at ${foreign})` : '';
}
