/** A terminal sends Ctrl-C to every process of a command, and some of them pass it on: within this time it is one. */
const SAME_SIGNAL_MILLISECONDS = 1_000;

/**
 * Calls `stop` at the first SIGINT or SIGTERM, so that work can end cleanly. A second one, later, ends the process.
 *
 * @returns a function that takes the handlers away
 */
export function onInterrupt(stop: (signal: NodeJS.Signals) => void): () => void {
  let first: number | undefined;
  const handle = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = performance.now();
      stop(signal);
    } else if (performance.now() - first > SAME_SIGNAL_MILLISECONDS) process.exit(130);
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle).off('SIGTERM', handle);
  };
}
