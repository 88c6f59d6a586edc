/**
 * Puts a function around a method of one object.
 *
 * @param around gets what runs the method, and its arguments
 * @returns what takes it away
 */
export function intercept(
  object: object,
  method: string,
  // biome-ignore lint/suspicious/noExplicitAny: methods take what they take
  around: (run: () => unknown, ...args: any[]) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(object, method);
  const original = (object as Record<string, (...args: unknown[]) => unknown>)[method]!;
  const value = (...args: unknown[]) => around(() => original.apply(object, args), ...args);
  Object.defineProperty(object, method, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(object, method, own);
    else delete (object as Record<string, unknown>)[method];
  };
}
