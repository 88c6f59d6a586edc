/** A field of a protobuf message: an integer or the bits of a float of 32 bits as a signed integer, or bytes. */
export interface ProtobufField {
  number: number;
  value: number | Uint8Array;
}

/**
 * The fields of a protobuf message in their order. Integers are cut to 32 bits; fields of 64 fixed bits are passed over.
 *
 * @param name what errors call the message
 * @throws Error if the bytes are no message
 */
export function readProtobuf(bytes: Uint8Array, name: string): ProtobufField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: ProtobufField[] = [];
  let position = 0;
  const broken = () => new Error(`${name} must be a protobuf message, but breaks at byte ${position}`);
  const take = (length: number) => {
    if (position + length > bytes.length) throw broken();
    position += length;
    return position - length;
  };
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[take(1)]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken();
  };
  while (position < bytes.length) {
    const tag = varint();
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (number === 0) throw broken();
    if (wireType === 0) fields.push({ number, value: varint() });
    else if (wireType === 1) take(8);
    else if (wireType === 5) fields.push({ number, value: view.getInt32(take(4), true) });
    else if (wireType === 2) {
      const length = varint() >>> 0;
      const start = take(length);
      fields.push({ number, value: bytes.subarray(start, start + length) });
    } else throw broken();
  }
  return fields;
}
