/** Whoever watches a process asks every few seconds: what has not answered by then does not answer. */
export const PROBE_TIMEOUT_MS = 2000;

/** What `work` gives, where it does in time. Else throws; the work itself goes on, and nobody hears of it any more. */
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
