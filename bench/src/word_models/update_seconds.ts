/** A line of a training's log.jsonl. */
export interface LogEvent {
  readonly event: string;
  readonly step?: number;
  readonly seconds?: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

/**
 * Seconds that an update takes, by what a training logged of its updates: those between which it evaluated are left out.
 *
 * @param from the first update that counts
 */
export function updateSeconds(events: readonly LogEvent[], from = 0): number {
  let [seconds, updates] = [0, 0];
  events.forEach((event, place) => {
    const before = events[place - 1];
    if (event.event !== 'step' || before?.event !== 'step' || before.step! < from) return;
    seconds += event.seconds! - before.seconds!;
    updates += event.step! - before.step!;
  });
  if (updates > 0) return seconds / updates;
  throw new RangeError(`the log must have two updates in a row from update ${from} on, but has not`);
}
