/**
 * What an iterable gives, up to an abort, which is noticed while a value is awaited, too. What is being read then is closed
 * when it goes on, for it cannot be before.
 */
export async function* untilAborted<T>(
  values: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (!signal) return yield* values;
  const iterator =
    Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  let isWaiting = false;
  try {
    while (!signal.aborted) {
      isWaiting = true;
      const next = await orAborted(iterator.next(), signal);
      if (!next) return;
      isWaiting = false;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const closed = Promise.resolve(iterator.return?.());
    if (isWaiting) closed.catch(() => {});
    else await closed;
  }
}

/** Undefined if the signal comes first. The signal holds nothing afterwards, as it would after `Promise.race`. */
function orAborted<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    Promise.resolve(value)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
