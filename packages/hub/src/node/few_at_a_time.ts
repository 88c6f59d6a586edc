/**
 * Works on items, some of them at once, in their order.
 *
 * @throws what the first failure threw; work that has not begun by then is left
 */
export async function fewAtATime<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let hasFailed = false;
  const worker = async () => {
    for (const item of left) {
      if (hasFailed) return;
      await work(item);
    }
  };
  const workers = Array.from({ length: Math.min(most, items.length) }, worker);
  await Promise.all(workers).catch((error) => {
    hasFailed = true;
    throw error;
  });
}
