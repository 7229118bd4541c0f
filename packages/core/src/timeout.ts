/** Limit for the answer of a health probe. Supervisors probe a process every few seconds. */
export const PROBE_TIMEOUT_MS = 2000;

/** The result of `work`. Throws if it takes longer than `ms`; the work itself continues, and its result is dropped. */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
