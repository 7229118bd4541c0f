import { readdirSync, readFileSync } from 'node:fs';
import { waitUntil } from '../servers/server-process.ts';

/**
 * Freezes a process until it gets SIGCONT. The signal stops the threads one after the other: on a busy machine, a server
 * can still answer for a moment. This waits until all of them have stopped.
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const tasks = `/proc/${pid}/task`;
  const hasStopped = (task: string) => {
    // The name of the program stands in brackets, and can have brackets and blanks.
    const [state] = readFileSync(`${tasks}/${task}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return state === 'T' || state === 'Z';
  };
  await waitUntil(async () => readdirSync(tasks).every(hasStopped), `process ${pid} to stop`);
}
