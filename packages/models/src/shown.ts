/** A value as errors show it: on one line, cut where it is long. */
export function shown(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? objectText(value) : primitiveText(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

const objectText = (value: object): string => {
  try {
    return JSON.stringify(ArrayBuffer.isView(value) ? Array.from(value as never) : value);
  } catch {
    return String(value);
  }
};

const primitiveText = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);
