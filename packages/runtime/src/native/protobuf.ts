/** The fields of a serialized protocol buffer: pairs of number and content, of the two kinds that descriptions use. */
export function* fields(message: Uint8Array): Generator<[field: number, content: number | Uint8Array]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire !== 0 && wire !== 2) throw new Error(`a description has a field of wire type ${wire}`);
    const value = varint();
    if (wire === 0) yield [tag >> 3, value];
    else {
      yield [tag >> 3, message.subarray(at, at + value)];
      at += value;
    }
  }
}

/** The contents of a field that holds bytes or messages. */
export const bytesOf = (message: Uint8Array, field: number): Uint8Array[] =>
  [...fields(message)].filter(([number]) => number === field).map(([, content]) => content as Uint8Array);

/** The content of a field that holds a text; empty if it is not there. */
export const textOf = (message: Uint8Array, field: number): string =>
  new TextDecoder().decode(bytesOf(message, field)[0] ?? new Uint8Array());
