/**
 * The processor time of this thread: in all, and the longest time between two timers, in which it serves nothing
 * else.
 */
export interface EventLoopUse {
  longestBlockMs: number;
  totalMs: number;
}

/** Measures the event loop while `work` runs. Processor time excludes other programs of the machine. */
export async function measureEventLoop(work: () => Promise<unknown>): Promise<EventLoopUse> {
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  const began = used();
  let last = began;
  let longestBlockMs = 0;
  const sample = () => {
    const now = used();
    longestBlockMs = Math.max(longestBlockMs, now - last);
    last = now;
  };
  const timer = setInterval(sample, 1);
  try {
    await work();
    return { longestBlockMs, totalMs: used() - began };
  } finally {
    clearInterval(timer);
  }
}
