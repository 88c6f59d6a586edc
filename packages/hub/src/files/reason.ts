/** Why `fetch`, or reading what it gave, failed; Node hides it in the cause. */
export function reason(error: unknown): string {
  const { message, cause } = error as Error;
  const text = cause instanceof Error && cause.message ? cause.message : message;
  return text.replace(/\s+/g, ' ');
}
