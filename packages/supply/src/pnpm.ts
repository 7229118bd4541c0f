import { execFile } from 'node:child_process';
import path from 'node:path';

export const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/** A pnpm that has ended. */
interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs pnpm in the repository or in another folder. */
export type Pnpm = (args: readonly string[]) => Promise<Ended>;

/** Runs this process's own pnpm in a folder. The caller judges the exit code; 124 means a timeout. */
export function pnpmIn(folder: string, { seconds = 60 } = {}): Pnpm {
  return (args) =>
    new Promise((resolve, reject) => {
      const limits = { cwd: folder, timeout: seconds * 1000, maxBuffer: 64 * 1024 * 1024 };
      execFile('pnpm', args, limits, (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (error.killed) resolve({ code: 124, stdout, stderr: `no end after ${seconds} seconds` });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(error);
      });
    });
}

/** The standard output of a pnpm that must succeed. */
export async function outputOf(pnpm: Pnpm, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await pnpm(args);
  if (code !== 0) throw new Error(`pnpm ${args.join(' ')} ended with ${code}:\n${stderr || stdout}`);
  return stdout;
}
