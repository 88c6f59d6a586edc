/** Reads bytes `start` to `end` of a response's body, or fewer where it ends before; the rest is not waited for. */
export async function readPart(response: Response, start: number, end: number): Promise<Uint8Array> {
  const part = new Uint8Array(end - start);
  const reader = response.body?.getReader();
  let position = 0;
  while (position < end) {
    const chunk = (await reader?.read())?.value;
    if (!chunk) break;
    part.set(
      chunk.subarray(Math.max(0, start - position), Math.max(0, end - position)),
      Math.max(0, position - start),
    );
    position += chunk.length;
  }
  await reader?.cancel();
  return part.subarray(0, Math.max(0, Math.min(position, end) - start));
}
