/** How much of the processor this thread has used, and the most of it between two timers: so long nothing else was served. */
export interface Stretches {
  longestMs: number;
  totalMs: number;
}

/** Measures the event loop while `work` runs. Processor time, so that other programs of the machine do not count. */
export async function stretchesDuring(work: () => Promise<unknown>): Promise<Stretches> {
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  const began = used();
  let last = began;
  let longestMs = 0;
  const look = () => {
    const now = used();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  try {
    await work();
    return { longestMs, totalMs: used() - began };
  } finally {
    clearInterval(timer);
  }
}
